import DeeperTensors

/// ONNX Reshape: the same elements with another shape. A 0 keeps an extent; one extent may be -1, which is computed
/// from the others.
struct Reshape: Operator {
    static let name = "Reshape"
    static let inputCount = 2...2
    private let allowsZero: Bool

    init(_ attributes: inout AttributeReader) throws { allowsZero = try attributes.flag("allowzero") }

    var valueInputs: [Int] { [1] }

    var shapeInputs: [Int] { [1] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let wanted = try inputs.integers(1)
        var dimensions: [Int] = []
        for (axis, extent) in wanted.enumerated() {
            if extent == 0, !allowsZero {
                guard axis < type.shape.rank else {
                    throw DeeperError(
                        .invalidModel, "shape \(wanted) keeps axis \(axis) of \(type.shape), which has none")
                }
                dimensions.append(type.shape[axis])
            } else {
                dimensions.append(extent)
            }
        }
        guard dimensions.filter({ $0 == -1 }).count <= 1 else {
            throw DeeperError(.invalidModel, "shape \(wanted) leaves more than one extent open")
        }
        if let open = dimensions.firstIndex(of: -1) {
            var rest = dimensions
            rest.remove(at: open)
            let known = try DeeperTensors.Shape(validating: rest).elementCount
            guard known > 0, type.shape.elementCount % known == 0 else {
                throw DeeperError(.invalidModel, "cannot reshape \(type.shape) to \(wanted)")
            }
            dimensions[open] = type.shape.elementCount / known
        }
        let shape = try DeeperTensors.Shape(validating: dimensions)
        guard shape.elementCount == type.shape.elementCount else {
            throw DeeperError(.invalidModel, "cannot reshape \(type.shape) to \(wanted)")
        }
        return [TensorType(type.elementType, shape)]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering { .alias(input: 0) }
}
