import DeeperTensors

/// ONNX EyeLike: a matrix of X's shape with ones on the k-th diagonal and zeros elsewhere, in X's type or a given
/// one.
struct EyeLike: Operator {
    static let name = "EyeLike"
    static let firstOpset = 9
    private let target: ElementType?
    private let diagonal: Int

    init(_ attributes: inout AttributeReader) throws {
        target = try attributes.int("dtype").map { try ElementType(onnx: $0) }
        diagonal = try attributes.int("k", default: 0)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard type.shape.rank == 2 else { throw DeeperError(.invalidModel, "X is \(type), expected a matrix") }
        return [TensorType(target ?? type.elementType, type.shape)]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let type = request.output.type
        let (rows, columns) = (type.shape[0], type.shape[1])
        let one = try Tensor([Float(1)], shape: [1]).converted(to: type.elementType).bytes()
        let shift = min(max(diagonal, -rows), columns)
        let identity = try Tensor(type.elementType, shape: type.shape) { bytes in
            for row in max(0, -shift)..<max(0, -shift, min(rows, columns - shift)) {
                let start = (row * columns + row + shift) * one.count
                UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + one.count]).copyBytes(from: one)
            }
        }
        return .constants([identity])
    }
}
