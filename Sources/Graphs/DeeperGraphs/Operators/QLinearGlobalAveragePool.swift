import DeeperKernels
import DeeperTensors

/// ONNX Runtime's QLinearGlobalAveragePool (com.microsoft): the mean of each channel of quantised numbers, requantised.
struct QLinearGlobalAveragePool: BytePooling {
    static let name = "QLinearGlobalAveragePool"
    private let form: GlobalPoolAttributes

    init(_ attributes: inout AttributeReader) throws {
        try refuseChannelsLast(&attributes)
        form = try GlobalPoolAttributes(&attributes)
    }

    func window(_ x: DeeperTensors.Shape) throws -> (geometry: WindowGeometry, after: [Int], includesPadding: Bool) {
        (globalWindow(x), [0], false)
    }

    func output(of x: DeeperTensors.Shape) throws -> DeeperTensors.Shape { try form.output(of: x) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(pooling: inputs[0]?.shape.elementCount ?? 0)
    }
}
