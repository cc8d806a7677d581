#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// Labels and preprocessing for the file that a command writes.
struct ClassifierOptions: ParsableArguments {
    @Option(
        help: """
            A file of class names, one per line, to write into the file; imagenet for those of ImageNet's classes; \
            none (default: the model's own).
            """)
    var labels: String?

    @OptionGroup(title: "Preprocessing in the file")
    var pictures: PictureOptions

    /// Replaces the model's labels and preprocessing by those that the options give or imply.
    ///
    /// - Parameter extent: the pictures' extent where the model itself leaves it open.
    func apply(to model: inout Model, extent: Extent? = nil) throws {
        let known = try KnownSettings(of: model, pictures, labels: labels, assumesImageNet: false, extent: extent)
        (model.labels, model.preprocessing) = (known.labels, known.preprocessing)
        for note in known.notes { Console.warn("note: \(note)") }
    }
}

/// How pictures are prepared and what the classes are called: as the options say, otherwise as the model says,
/// otherwise as is usual. A note on standard error reports whatever does not come from the options.
struct ClassifierSettings {
    let preprocessing: Preprocessing
    let labels: [String]?

    /// - Parameters:
    ///   - file: the file of labels, if an option names one.
    ///   - preset: the preset to assume if neither the options nor the model give a preprocessing.
    ///   - standardOrder: the order of channels that replaces that of the assumed preset.
    init(
        of model: Model, _ pictures: PictureOptions, labels file: String? = nil, assuming preset: String = "caffe",
        standardOrder: String? = nil
    ) throws {
        let isKnown = pictures.preset != nil || model.preprocessing != nil
        var options = pictures
        options.preset = isKnown ? pictures.preset : preset
        if !isKnown { options.order = pictures.order ?? standardOrder }
        let known = try KnownSettings(of: model, options, labels: file, assumesImageNet: true)
        guard let preprocessing = known.preprocessing else {
            throw DeeperError(.internalFault, "a preset without preprocessing")
        }
        (self.preprocessing, labels) = (preprocessing, known.labels)
        if !isKnown { Console.warn("note: no preprocessing known, assuming preset \(preset); give --preset") }
        for note in known.notes { Console.warn("note: \(note)") }
    }
}

/// What the options and the model say, and what follows from it.
private struct KnownSettings {
    private(set) var preprocessing: Preprocessing?
    private(set) var labels: [String]?
    private(set) var notes: [String] = []

    /// Presets of networks that were trained on ImageNet.
    private static let imageNetPresets = ["caffe", "torchvision"]

    /// - Parameter assumesImageNet: whether labels that nobody gives may be guessed.
    init(
        of model: Model, _ pictures: PictureOptions, labels file: String?, assumesImageNet: Bool, extent: Extent? = nil
    ) throws {
        var own: [String] = []
        if let file {
            labels = try KnownSettings.labels(file)
        } else if let names = model.labels {
            labels = names
            own.append("labels")
        } else if let preset = pictures.preset, KnownSettings.imageNetPresets.contains(preset),
            ImageNetClasses.mayFit(model)
        {
            if assumesImageNet {
                labels = ImageNetClasses.names
                notes.append("1,000 classes without labels are taken for ImageNet's; --labels gives others")
            } else {
                notes.append("the file gets no labels; --labels imagenet writes those of ImageNet's 1,000 classes")
            }
        }
        if let preset = pictures.preset {
            var base = try Preprocessing.preset(named: preset)
            if pictures.resize == nil, pictures.crop == nil, let extent = model.pictureExtent ?? extent {
                base = base.fitted(to: extent)
            }
            preprocessing = try pictures.changing(base)
        } else if let base = model.preprocessing {
            preprocessing = try pictures.changing(base)
            own.append("preprocessing")
        } else if pictures.changesParts {
            throw ValidationError(
                "the model has no preprocessing that these options could change; give --preset")
        }
        if !own.isEmpty { notes.insert("\(own.joined(separator: " and ")) from the model", at: 0) }
        notes += model.notes
    }

    private static func labels(_ text: String) throws -> [String]? {
        switch text {
        case "imagenet": ImageNetClasses.names
        case "none": nil
        default: try ClassLabels.read(text)
        }
    }
}
#endif
