import DeeperGraphs
import DeeperTensors

// Fourier transforms. A complex value is known as real numbers with one more axis, of real and imaginary parts.
extension TFLiteOperators {
    /// The transform of real numbers along the last two axes. Inputs are the numbers and the two lengths.
    @Sendable static func realTransform(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (input, rank) = (try call.input(0), net.rank(try call.input(0)))
        let lengths = try net.integers(call.input(1))
        guard lengths.count == 2, rank >= 2, lengths.allSatisfy({ $0 > 0 }) else {
            throw DeeperError(.invalidModel, "lengths \(lengths.prefix(4)) of a transform of \(rank) axes")
        }
        let parts = try net.constant(call.name + "/parts", [rank])
        var x = try net.node("Unsqueeze", call.name + "/Unsqueeze", [net.last(input), parts])
        x = try transform(&net, call, x, axis: rank - 1, length: lengths[1], isOneSided: true)
        // Only one number is its own transform.
        let rows = try net.fixedExtents(input)[rank - 2]
        if lengths[0] != 1 || rows != 1 {
            x = try transform(&net, call, x, axis: rank - 2, length: lengths[0], isOneSided: false)
        }
        try net.define(call.output, complex: x)
    }

    private static func transform(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ x: ValueID, axis: Int, length: Int, isOneSided: Bool
    ) throws -> ValueID {
        let operands = try [length, axis].map { try net.constant(call.name + "/number", Tensor(scalar: Int64($0))) }
        return try net.node("DFT", call.name, [x] + operands, ["onesided": .int(isOneSided ? 1 : 0)])
    }

    /// The real parts, or the imaginary parts.
    static func part(_ index: Int) -> TFLiteConversion {
        { net, call in
            let input = try call.input(0)
            let place = try net.constant(call.name + "/part", Tensor(scalar: Int64(index)))
            let axis = net.rank(input)
            let made = try net.node("Gather", call.name, [net.complex(input), place], ["axis": .int(axis)])
            try net.define(call.output, made)
        }
    }

    @Sendable static func absolute(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        let axes = try net.constant(call.name + "/axes", [net.rank(input)])
        let made = try net.node("ReduceL2", call.name, [net.complex(input), axes], ["keepdims": .int(0)])
        try net.define(call.output, made)
    }
}
