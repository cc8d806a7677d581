internal import CDeeperBuiltinModel
public import Deeper
internal import DeeperImaging
internal import DeeperImport
internal import DeeperTensors
internal import DeeperZoo

/// The model that ships with deeper: `inception-cifar10`, trained with `deeper train` on CIFAR-10's training pictures.
///
/// It assigns a picture of any size, which is resized to 32 x 32 pixels, to one of ten classes. Its training, accuracy
/// and limitations are described in docs/builtin-model.md.
public enum BuiltinModel {
    /// The name of the network.
    public static let name = "inception-cifar10"

    /// The names of the ten classes, in the order of the outputs.
    public static let classNames = CIFAR10Binary.classNames

    /// The preprocessing of its pictures.
    public static let preprocessing = Preprocessing.inceptionCIFAR10

    /// The numbers in which the model computes.
    public enum Precision: String, Sendable, CaseIterable {
        /// The network as it was trained.
        case float32
        /// The network quantised by `deeper quantize`: smaller, faster where the CPU multiplies bytes, and as accurate
        /// on CIFAR-10's test pictures except for a few in ten thousand.
        case int8
    }

    /// The network with its weights, labels and preprocessing: from "data", N x 3 x 32 x 32, to "prob", N x 10.
    ///
    /// - Throws: `limitExceeded` if the system refuses the memory.
    public static func model(_ precision: Precision = .float32) throws -> Model {
        if precision == .int8 {
            let bytes = UnsafeRawBufferPointer(
                start: deeper_builtin_int8_model, count: deeper_builtin_int8_model_count)
            return Model(graph: try ONNXModel.graph(bytes), labels: classNames, preprocessing: preprocessing)
        }
        let bytes = Array(copying: deeper_builtin_weights, count: deeper_builtin_weights_count)
        let file = try SafetensorsFile(bytes: bytes, name: "the weights of \(name)")
        return Model(
            graph: try InceptionCIFAR10(classCount: classNames.count).graph(
                weights: .named { name, _ in try file.tensor(named: name) }),
            labels: classNames, preprocessing: preprocessing)
    }
}
