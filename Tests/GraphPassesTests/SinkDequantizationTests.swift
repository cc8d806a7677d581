import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

private let q = "QuantizeLinear", d = "DequantizeLinear"

extension PassCase {
    /// An input in 8 bits, made real.
    private static func real(_ net: inout Net, _ shape: [Int], _ scale: Float = 0.0625) throws -> ValueID {
        let zero = net.constant(try Tensor([UInt8(120)], shape: []))
        let stored = try net.node("QuantizeLinear", [try net.input(shape), try net.scalar(scale), zero])
        return try net.node("DequantizeLinear", [stored, try net.scalar(scale), zero])
    }

    static let sinkDequantization: [PassCase] = [
        PassCase(
            "a maximum", SinkDequantization.self, "\(q) \(d) MaxPool Relu", becomes: "\(q) \(d) MaxPool \(d) Relu"
        ) { net in
            let pads: [String: AttributeValue] = ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])]
            let pool = try net.node("MaxPool", [try real(&net, [2, 3, 5, 5])], pads)
            net.output(try net.node("Relu", [pool]))
        },
        PassCase(
            "a concatenation of one scale", SinkDequantization.self, "\(q) \(d) \(q) \(d) Concat Relu",
            becomes: "\(q) \(d) \(q) \(d) Concat \(d) Relu"
        ) { net in
            let (a, b) = (try real(&net, [2, 3, 4, 4]), try real(&net, [2, 5, 4, 4]))
            net.output(try net.node("Relu", [try net.node("Concat", [a, b], ["axis": .int(1)])]))
        },
        PassCase(
            "a concatenation of two scales", SinkDequantization.self, stays: "\(q) \(d) \(q) \(d) Concat Relu"
        ) { net in
            let (a, b) = (try real(&net, [2, 3, 4, 4]), try real(&net, [2, 5, 4, 4], 0.125))
            net.output(try net.node("Relu", [try net.node("Concat", [a, b], ["axis": .int(1)])]))
        },
        PassCase("an output", SinkDequantization.self, stays: "\(q) \(d) Flatten") { net in
            net.output(try net.node("Flatten", [try real(&net, [2, 3, 4, 4])]))
        },
        PassCase("a mean", SinkDequantization.self, stays: "\(q) \(d) GlobalAveragePool Relu") { net in
            net.output(try net.node("Relu", [try net.node("GlobalAveragePool", [try real(&net, [2, 3, 4, 4])])]))
        },
    ]
}
