import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Foundation

/// Real networks of the test data, and small ones made here.
enum Models {
    /// GoogLeNet as ONNX Runtime quantises it: uint8 or int8 between QuantizeLinear and DequantizeLinear, the latter with a
    /// scale for each filter, and operators of quantised numbers.
    static let quantizedGoogLeNets = ["qdq", "qdq_int8_perch", "qop"].map { "quantized/googlenet_bvlc.\($0).onnx" }
    static let googLeNet = "models/bvlc_googlenet.onnx"
    static let squeezeNet = "models/squeezenet_v1.1.onnx"
    static let mobileNet = "models/mobilenet_v1_025_224.onnx"
    static let resNet20 = "models/cifar10_resnet20.onnx"
    static let mnist = "models/mnist-8.onnx"

    static func read(_ path: String) throws -> Model {
        useOneBLASThread()
        return try Model(contentsOf: URL(fileURLWithPath: TestData.path(path)))
    }

    /// A reduced Inception module on a small picture: every lowering of GoogLeNet in a few milliseconds.
    static func inception() throws -> Model {
        useOneBLASThread()
        let module = InceptionModule(
            name: "inception_3a", filters: .inception3a, form: .reduced, inputChannels: 192, height: 14, width: 14)
        return Model(graph: try module.graph(weights: .seeded(7)))
    }

    /// The promise of the same bits holds for one OpenBLAS thread a call. The setting is the process's, and tests of
    /// other suites make it too: it must not change between two runs that are compared.
    private static func useOneBLASThread() { BLASLibrary.setThreadsPerCall(1) }

    /// One image of a batch of row-major float32 images.
    static func image(_ index: Int, of tensor: Tensor) throws -> Tensor {
        let count = tensor.shape.elementCount / tensor.shape[0]
        let values = try tensor.elements(as: Float.self)
        return try Tensor(
            Array(values[index * count..<(index + 1) * count]), shape: Shape([1] + tensor.shape.dimensions.dropFirst()))
    }
}

/// The bit patterns of a float32 tensor: equal only where every bit is.
func bits(_ tensor: Tensor) throws -> [UInt32] { try tensor.elements(as: Float.self).map(\.bitPattern) }

/// The largest absolute difference of two float32 tensors of one shape.
func largestDifference(_ a: Tensor, _ b: Tensor) throws -> Float {
    let (left, right) = (try a.elements(as: Float.self), try b.elements(as: Float.self))
    guard a.shape == b.shape else { return .infinity }
    return zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
