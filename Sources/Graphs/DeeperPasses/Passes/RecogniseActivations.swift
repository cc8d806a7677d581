import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Replaces an activation that is spelled out by several nodes by one node: x Sigmoid(x) becomes Swish, x
/// HardSigmoid(x) becomes HardSwish; also GELU with Erf or Tanh, Mish, and HardSigmoid expressed by Clip.
struct RecogniseActivations: Pass {
    static let name = "write activations as one node"
    /// The largest number of values that are tried as x.
    private static let mostCandidates = 12

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        view.graph.nodes.indices.compactMap { index -> Rewrite? in
            let node = view.graph.nodes[index]
            guard node.operation is Mul || node.operation is Div, let output = node.outputs[0],
                let outputType = view.types?.knownType(output), outputType.elementType == .float32
            else { return nil }
            for x in candidates(of: node, in: view) where view.types?.knownType(x) == outputType {
                guard let product = ElementwiseReader(view: view, x: x).product(output),
                    let operation = activation(product)
                else { continue }
                var rewrite = Rewrite("write \(node.name) as \(type(of: operation).name)")
                rewrite.exchange(
                    index, for: Node(name: node.name, operation: operation, inputs: [x], outputs: [output]))
                return rewrite
            }
            return nil
        }
    }

    /// The values that a node is computed from, the most distant first.
    private func candidates(of node: Node, in view: GraphView) -> [ValueID] {
        var found: [ValueID] = []
        var front = node.inputs.compactMap { $0 }
        while !front.isEmpty, found.count < RecogniseActivations.mostCandidates {
            var next: [ValueID] = []
            for value in front where view.graph.constants[value] == nil && !found.contains(value) {
                found.append(value)
                if let maker = view.producer(of: value) { next += view.graph.nodes[maker].inputs.compactMap { $0 } }
            }
            front = next
        }
        return found.reversed()
    }

    private func activation(_ product: ElementwiseProduct) -> (any ActivationOperator)? {
        let (factor, terms) = (product.factor, product.terms)
        guard let last = terms.last, terms.count == 1 || terms.count == 2 && terms[0] == .x else { return nil }
        switch (last, terms.count) {
        case (.function("Sigmoid", let argument), 2) where factor == 1:
            return argument.factorOfX.map { Swish(alpha: Float($0)) }
        case (.function("Tanh", let argument), 2) where factor == 1:
            return argument == ElementwiseProduct(.function("Softplus", .x)) ? Mish() : nil
        case (.clip(let argument, let lower, let upper), let count):
            guard lower == 0, isNear(factor * upper, 1), let line = line(argument) else { return nil }
            let (slope, offset) = (factor * line.slope, factor * line.offset)
            if count == 1 { return HardSigmoid(alpha: Float(slope), beta: Float(offset)) }
            return isNear(slope, 1 / 6) && isNear(offset, 0.5) ? HardSwish() : nil
        case (.sum(let parts, let addend), 2):
            guard parts.count == 1, addend == 1, factor == 0.5, parts[0].factor == 1, parts[0].terms.count == 1,
                case .function(let name, let argument) = parts[0].terms[0]
            else { return nil }
            if name == "Erf", let scale = argument.factorOfX, isNear(scale, 0.5.squareRoot()) {
                return Gelu(isApproximate: false)
            }
            return name == "Tanh" && isArgumentOfTanhGelu(argument) ? Gelu(isApproximate: true) : nil
        default: return nil
        }
    }

    /// The slope and the offset of a product of the form slope x + offset; nil for other products.
    private func line(_ product: ElementwiseProduct) -> (slope: Double, offset: Double)? {
        guard product.terms.count == 1, case .sum(let parts, let addend) = product.terms[0], parts.count == 1,
            let slope = parts[0].factorOfX
        else { return nil }
        return (product.factor * slope, product.factor * addend)
    }

    /// sqrt(2 / pi) (x + 0.044715 x^3), also as sqrt(2 / pi) x (1 + 0.044715 x^2).
    private func isArgumentOfTanhGelu(_ product: ElementwiseProduct) -> Bool {
        guard isNear(product.factor, (2 / Double.pi).squareRoot()),
            case .sum(let parts, let addend)? = product.terms.last, let power = parts.last,
            isNear(power.factor, 0.044715)
        else { return false }
        if product.terms.count == 1 {
            return parts.count == 2 && addend == 0 && parts[0] == .x && power.terms == [.x, .x, .x]
        }
        return product.terms.count == 2 && product.terms[0] == .x && parts.count == 1 && addend == 1
            && power.terms == [.x, .x]
    }

    /// Whether two constants are equal except for rounding to float32.
    private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * abs(b) }
}
