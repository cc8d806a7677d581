import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// What nodes compute from one value x, as a factor times a product of functions of x. The form does not depend on the
/// order of the multiplications.
struct ElementwiseProduct: Sendable, Equatable {
    var factor: Double
    var terms: [ElementwiseTerm]

    static let x = ElementwiseProduct(.x)

    init(factor: Double, terms: [ElementwiseTerm]) { (self.factor, self.terms) = (factor, terms) }

    init(_ term: ElementwiseTerm) { self.init(factor: 1, terms: [term]) }

    func times(_ other: ElementwiseProduct) -> ElementwiseProduct {
        ElementwiseProduct(
            factor: factor * other.factor, terms: (terms + other.terms).sorted { $0.rank < $1.rank })
    }

    /// The factor, if the product is just this factor times x; otherwise nil.
    var factorOfX: Double? { terms == [.x] ? factor : nil }
}

enum ElementwiseTerm: Sendable, Equatable {
    case x
    /// A function, by its ONNX name.
    case function(String, ElementwiseProduct)
    case sum([ElementwiseProduct], Double)
    case clip(ElementwiseProduct, Double, Double)

    fileprivate var rank: Int {
        switch self {
        case .x: 0
        case .clip: 1
        case .sum: 2
        case .function: 3
        }
    }
}

/// Expresses the nodes that compute a value from x as an ``ElementwiseProduct``.
struct ElementwiseReader {
    let view: GraphView
    let x: ValueID
    /// The largest depth of nodes that is followed; no activation is deeper.
    private static let largestDepth = 8

    /// The value as a product of functions of x; nil if it depends on anything else.
    func product(_ value: ValueID?, depth: Int = 0) -> ElementwiseProduct? {
        guard let value, depth < ElementwiseReader.largestDepth else { return nil }
        if value == x { return .x }
        guard let index = view.producer(of: value) else { return nil }
        let node = view.graph.nodes[index]
        func operand(_ input: Int) -> ElementwiseProduct? { product(node.inputs[input], depth: depth + 1) }
        switch node.operation {
        case let operation as any BinaryArithmetic where operation.ending == .none:
            return binary(operation, node, operand)
        case is Sigmoid, is Erf, is Tanh, is Softplus:
            return operand(0).map { ElementwiseProduct(.function(node.operatorName, $0)) }
        case let hard as HardSigmoid:
            return operand(0).map { argument in
                let scaled = ElementwiseProduct(factor: argument.factor * Double(hard.alpha), terms: argument.terms)
                return ElementwiseProduct(.clip(ElementwiseProduct(.sum([scaled], Double(hard.beta))), 0, 1))
            }
        case is Relu, is Clip:
            guard let range = try? node.clampRange(constant: { view.constant(node, $0) }) else { return nil }
            return operand(0).map { ElementwiseProduct(.clip($0, Double(range.lower), Double(range.upper))) }
        case is Pow:
            guard let exponent = scalar(node, 1), exponent == 2 || exponent == 3, let base = operand(0)
            else { return nil }
            return exponent == 2 ? base.times(base) : base.times(base).times(base)
        default: return nil
        }
    }

    private func binary(
        _ operation: any BinaryArithmetic, _ node: Node, _ operand: (Int) -> ElementwiseProduct?
    ) -> ElementwiseProduct? {
        let (left, right) = (scalar(node, 0), scalar(node, 1))
        switch operation {
        case is Mul:
            if let factor = left ?? right, let other = operand(left == nil ? 0 : 1) {
                return ElementwiseProduct(factor: other.factor * factor, terms: other.terms)
            }
            guard let a = operand(0), let b = operand(1) else { return nil }
            return a.times(b)
        case is Div:
            guard let right, let a = operand(0) else { return nil }
            return ElementwiseProduct(factor: a.factor / right, terms: a.terms)
        case is Add:
            if let addend = left ?? right {
                return operand(left == nil ? 0 : 1).map { ElementwiseProduct(.sum([$0], addend)) }
            }
            guard let a = operand(0), let b = operand(1) else { return nil }
            return ElementwiseProduct(.sum(a.terms.count <= b.terms.count ? [a, b] : [b, a], 0))
        default: return nil
        }
    }

    /// The value of a constant of one element that does not raise the rank by broadcasting.
    private func scalar(_ node: Node, _ input: Int) -> Double? {
        guard let tensor = view.constant(node, input), tensor.shape.elementCount == 1,
            let rank = view.types?.knownType(x)?.shape.rank, tensor.shape.rank <= rank
        else { return nil }
        return try? tensor.doubles()[0]
    }
}
