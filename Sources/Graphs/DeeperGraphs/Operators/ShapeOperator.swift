import DeeperKernels
import DeeperTensors

/// ONNX Shape: the extents of X, or of a range of its axes, int64.
struct ShapeOperator: Operator {
    static let name = "Shape"
    private let start: Int
    private let end: Int?

    init(_ attributes: inout AttributeReader) throws {
        start = try attributes.int("start", default: 0)
        end = try attributes.int("end")
    }

    var typeInputs: [Int] { [0] }

    private func range(rank: Int) -> Range<Int> {
        func clamped(_ axis: Int) -> Int {
            axis < 0 ? max(0, axis.addingReportingOverflow(rank).partialValue) : min(axis, rank)
        }
        let lower = clamped(start)
        return lower..<max(lower, clamped(end ?? rank))
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.int64, [range(rank: try inputs.shape(0).rank).count])]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let shape = try request.input(0).shape
        let extents = shape.dimensions[range(rank: shape.rank)].map(Int64.init)
        return .constants([try Tensor(extents, shape: [extents.count])])
    }
}
