internal import DeeperGraphs
internal import DeeperPasses
internal import DeeperTensors

/// The kind of computation of a node that can compute on 8-bit numbers.
enum Role: Hashable {
    /// A product with constant weights, which have a scale for each entry of an axis.
    case product(weightAxis: Int)
    /// Add and Mul: the result has a scale of its own.
    case arithmetic
    /// The same for average poolings; a Relu after them stays a separate function.
    case mean
    /// A function of a single number.
    case function
    /// Moves numbers: the result and the operands share one scale.
    case movement
    /// Concatenates values, which share one scale.
    case concatenation

    /// The largest number of products of bytes whose sum, with a bias, fits in int32.
    private static let mostTerms = 32_896

    /// Nil for a node that stays in float32.
    init?(_ node: Node, _ view: GraphView) throws {
        guard node.form != nil, node.outputs.count == 1, let result = node.outputs[0],
            let type = view.types?.knownType(result), type.elementType == .float32,
            let data = node.inputs.first, let x = data, view.graph.constants[x] == nil,
            view.types?.knownType(x)?.elementType == .float32
        else { return nil }
        func isConstant(_ input: Int) -> Bool {
            input >= node.inputs.count || node.inputs[input] == nil || view.constant(node, input) != nil
        }
        func hasFewTerms(axis: Int) -> Bool {
            guard let shape = view.constant(node, 1)?.shape, shape[axis] > 0 else { return false }
            return shape.elementCount / shape[axis] <= Role.mostTerms
        }
        switch node.operatorName {
        case "Conv":
            guard view.constant(node, 1)?.elementType == .float32, isConstant(2), hasFewTerms(axis: 0) else {
                return nil
            }
            self = .product(weightAxis: 0)
        case "Gemm":
            guard let gemm = node.operation as? Gemm, gemm.alpha == 1, gemm.beta == 1, !gemm.isATransposed,
                let weights = view.constant(node, 1), weights.elementType == .float32, isConstant(2),
                view.constant(node, 2).map({ $0.shape.dimensions.last == $0.shape.elementCount }) ?? true
            else { return nil }
            let axis = gemm.isBTransposed ? 0 : 1
            guard view.constant(node, 2).map({ $0.shape.elementCount == weights.shape[axis] }) ?? true else {
                return nil
            }
            guard hasFewTerms(axis: axis) else { return nil }
            self = .product(weightAxis: axis)
        case "MatMul":
            guard let weights = view.constant(node, 1), weights.elementType == .float32, weights.shape.rank == 2,
                hasFewTerms(axis: 1)
            else { return nil }
            self = .product(weightAxis: 1)
        case "Add", "Mul":
            guard node.inputs.count == 2, view.constant(node, 1) == nil, node.operation.alignsLastAxes,
                view.types?.knownType(node.inputs[1])?.elementType == .float32
            else { return nil }
            self = .arithmetic
        case "AveragePool", "GlobalAveragePool": self = .mean
        case "Concat":
            guard node.inputs.count <= 256,
                node.inputs.allSatisfy({ $0 != nil && view.graph.constants[$0!] == nil })
            else { return nil }
            self = .concatenation
        case let name where PassPipeline.quantizableMovements.contains(name): self = .movement
        default:
            guard try view.isFunctionOfOneNumber(node) else { return nil }
            self = .function
        }
    }

    /// Whether Relus and Clips after the node become bounds of the numbers that it stores.
    var takesBounds: Bool {
        switch self {
        case .product, .arithmetic, .function: true
        case .mean, .movement, .concatenation: false
        }
    }

    var isProduct: Bool { if case .product = self { true } else { false } }

    /// The inputs that are quantised.
    func operands(of node: Node) -> [ValueID] {
        switch self {
        case .arithmetic, .concatenation: node.inputs.compactMap { $0 }
        case .product, .mean, .function, .movement: node.inputs.prefix(1).compactMap { $0 }
        }
    }
}
