internal import CDeeperBuiltinModel
public import Deeper
internal import DeeperImaging
internal import DeeperImport
internal import DeeperTensors
internal import DeeperZoo

/// The model that comes with deeper: `inception-cifar10`, trained by `deeper train` on CIFAR-10's training pictures.
///
/// It names one of ten things in a picture of any size, which it sees as 32 x 32 pixels. What it was trained on, how
/// well it does and what it is not good for: docs/builtin-model.md.
public enum BuiltinModel {
    /// The name of the network.
    public static let name = "inception-cifar10"

    /// What the ten outputs stand for, in their order.
    public static let classNames = CIFAR10Binary.classNames

    /// How its pictures are prepared.
    public static let preprocessing = Preprocessing.inceptionCIFAR10

    /// The network with its weights, labels and preprocessing: from "data", N x 3 x 32 x 32, to "prob", N x 10.
    ///
    /// - Throws: `limitExceeded` if memory is refused.
    public static func model() throws -> Model {
        let bytes = Array(copying: deeper_builtin_weights, count: deeper_builtin_weights_count)
        let file = try SafetensorsFile(bytes: bytes, name: "the weights of \(name)")
        return Model(
            graph: try InceptionCIFAR10(classCount: classNames.count).graph(
                weights: .named { name, _ in try file.tensor(named: name) }),
            labels: classNames, preprocessing: preprocessing)
    }
}
