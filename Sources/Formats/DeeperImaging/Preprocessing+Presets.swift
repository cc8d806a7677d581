import DeeperTensors

extension Preprocessing {
    /// For Caffe's reference models: resized to 256x256, cropped to the middle 224x224, channels in the order blue,
    /// green, red, mean 104, 117, 123 subtracted.
    public static let caffe = Preprocessing(
        resize: .exact(width: 256, height: 256), centreCrop: Extent(width: 224, height: 224), channels: .bgr,
        mean: [104, 117, 123])

    /// For torchvision's ImageNet models: shorter side resized to 256, cropped to the middle 224x224, samples 0...1,
    /// normalised with the mean and standard deviation of ImageNet.
    public static let torchvision = Preprocessing(
        resize: .shorterSide(length: 256), centreCrop: Extent(width: 224, height: 224), scale: 1 / 255,
        mean: imageNetMean, std: imageNetStd)

    /// For CIFAR-10 models that were trained with the mean and standard deviation of ImageNet: samples 0...1, extent
    /// kept.
    public static let cifar10 = Preprocessing(scale: 1 / 255, mean: imageNetMean, std: imageNetStd)

    /// For models of the recipe `inception-cifar10`: resized to exactly 32x32, samples 0...1, normalised with the mean
    /// and standard deviation of CIFAR-10's training pictures.
    public static let inceptionCIFAR10 = Preprocessing(
        resize: .exact(width: 32, height: 32), scale: 1 / 255,
        mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616])

    /// Red, green and blue as 0...255, without resizing.
    public static let raw = Preprocessing()

    /// The names that ``preset(named:)`` accepts, in alphabetical order.
    public static var presetNames: [String] { presets.map(\.name) }

    /// The preset with this name.
    ///
    /// - Throws: `invalidInput`, listing the names, if there is none.
    public static func preset(named name: String) throws -> Preprocessing {
        guard let preset = presets.first(where: { $0.name == name }) else {
            throw DeeperError(
                .invalidInput,
                "there is no preprocessing \"\(name)\", expected one of " + presetNames.joined(separator: ", "))
        }
        return preset.preprocessing
    }

    private static let presets: [(name: String, preprocessing: Preprocessing)] = [
        ("caffe", caffe), ("cifar10", cifar10), ("inception-cifar10", inceptionCIFAR10), ("raw", raw),
        ("torchvision", torchvision),
    ]

    private static let imageNetMean = [0.485, 0.456, 0.406]
    private static let imageNetStd = [0.229, 0.224, 0.225]
}
