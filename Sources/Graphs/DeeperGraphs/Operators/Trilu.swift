import DeeperKernels
import DeeperTensors

/// ONNX Trilu: matrices with zeros below (upper) or above (lower) the k-th diagonal; the other elements are X's.
struct Trilu: Operator {
    static let name = "Trilu"
    static let inputCount = 1...2
    static let firstOpset = 14
    private let isUpper: Bool

    init(_ attributes: inout AttributeReader) throws { isUpper = try attributes.flag("upper", default: true) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard type.shape.rank >= 2 else { throw DeeperError(.invalidModel, "X is \(type), expected matrices") }
        if inputs.has(1), case let diagonal = try inputs.shape(1, .int64), diagonal.elementCount != 1 {
            throw DeeperError(.invalidModel, "k has shape \(diagonal), expected a scalar")
        }
        return [type]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let rank = x.shape.rank
        let kernel = TriangleKernel(
            matrices: x.shape.dimensions.dropLast(2).reduce(1, *), rows: x.shape[rank - 2], columns: x.shape[rank - 1],
            isUpper: isUpper, hasDiagonal: request.hasInput(1), elementType: x.elementType)
        return .kernel(kernel, inputs: request.hasInput(1) ? [0, 1] : [0])
    }
}
