import DeeperKernels
import DeeperTensors

/// ONNX Runtime's QLinearAveragePool (com.microsoft): the mean of each window of quantised numbers, requantised.
struct QLinearAveragePool: BytePooling {
    static let name = "QLinearAveragePool"
    private let form: AveragePool

    init(_ attributes: inout AttributeReader) throws {
        try refuseChannelsLast(&attributes)
        form = try AveragePool(&attributes)
    }

    var summary: String { form.summary }

    func window(_ x: DeeperTensors.Shape) throws -> (geometry: WindowGeometry, after: [Int], includesPadding: Bool) {
        let (geometry, after) = try form.window.window(
            input: Array(x.dimensions[2...]), kernel: form.window.requiredKernel())
        return (geometry, after, form.includesPadding)
    }

    func output(of x: DeeperTensors.Shape) throws -> DeeperTensors.Shape {
        try form.infer(NodeInputs(types: [TensorType(.float32, x)], values: [nil]))[0].shape
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        form.operations(inputs, outputs)
    }
}
