import DeeperKernels
import DeeperTensors

/// ONNX ReverseSequence: the first length[b] time steps of each batch entry b in reverse order; the other steps are
/// unchanged.
///
/// Time and batch are X's first two axes. A length below 0 or beyond the time axis ends the run with an error.
struct ReverseSequence: Operator {
    static let name = "ReverseSequence"
    static let inputCount = 2...2
    static let firstOpset = 10
    private let timeAxis: Int
    private let batchAxis: Int

    init(_ attributes: inout AttributeReader) throws {
        timeAxis = try attributes.int("time_axis", default: 0)
        batchAxis = try attributes.int("batch_axis", default: 1)
        guard [[0, 1], [1, 0]].contains([timeAxis, batchAxis]) else {
            throw DeeperError(
                .invalidModel, "time_axis is \(timeAxis) and batch_axis \(batchAxis), expected 0 and 1 or 1 and 0")
        }
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let lengths = try inputs.shape(1, .int64)
        guard type.shape.rank >= 2, lengths.dimensions == [type.shape[batchAxis]] else {
            throw DeeperError(.invalidModel, "X is \(type), its lengths have shape \(lengths), expected one a batch")
        }
        return [type]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let kernel = ReverseSequenceKernel(
            times: x.shape[timeAxis], batches: x.shape[batchAxis],
            innerBytes: x.shape.dimensions[2...].reduce(1, *) * x.elementType.byteCount, isTimeFirst: timeAxis == 0)
        return .kernel(kernel, inputs: [0, 1])
    }
}
