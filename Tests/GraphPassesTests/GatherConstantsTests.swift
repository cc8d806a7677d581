import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    /// A tensor that a node holds.
    private static func node(_ net: inout Net, _ tensor: Tensor) throws -> ValueID {
        try net.node("Constant", [], ["value": .tensor(tensor)])
    }

    static let gatherConstants: [PassCase] = [
        // Weights stay in 8 bits.
        PassCase(
            "scales and weights that are nodes", GatherConstants.self,
            "Constant QuantizeLinear DequantizeLinear Constant DequantizeLinear Conv",
            becomes: "QuantizeLinear DequantizeLinear DequantizeLinear Conv"
        ) { net in
            let x = try net.input([2, 3, 5, 5])
            let scale = try node(&net, try Tensor(scalar: Float(0.0625)))
            let pixels = try net.node("DequantizeLinear", [try net.node("QuantizeLinear", [x, scale]), scale])
            let weights = try node(&net, try Tensor([Int8](repeating: 3, count: 12), shape: [4, 3, 1, 1]))
            net.output(try net.node("Conv", [pixels, try net.node("DequantizeLinear", [weights, scale])]))
        },
        PassCase("a network of floats", GatherConstants.self, stays: "Constant Add") { net in
            net.output(try net.node("Add", [try net.input([2]), try node(&net, try Tensor(scalar: Float(2)))]))
        },
    ]
}
