import DeeperGraphs
import DeeperTensors

/// Values between QuantizeLinear and DequantizeLinear.
extension RandomNetwork {
    /// Quantises the network's input, computes something of it, and makes it real again.
    ///
    /// All scales are powers of two and weights are small whole numbers, so that float32 makes no rounding error that could
    /// decide a tie: every engine must round to the same number.
    mutating func quantised() throws {
        let x = values[0]
        var id = try requantised(x.id, exponent: -6)
        var channels = x.channels
        switch random(0...4) {
        case 0:
            let window: [String: AttributeValue] = ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])]
            id = try net.node("MaxPool", [id], window)
            add(try requantised(id, exponent: -6), channels, x.rows, x.columns)
            return
        case 1:
            let other = try wholeConvolution(id, channels, to: channels)
            id = try net.node(chance(50) ? "Add" : "Mul", [id, try requantised(other, exponent: -3)])
        case 2:
            let other = try requantised(try wholeConvolution(id, channels, to: 3), exponent: chance(50) ? -6 : -3)
            id = try net.node("Concat", [id, other], ["axis": .int(1)])
            channels += 3
        case 3: id = try net.node(chance(50) ? "Relu" : "LeakyRelu", [id])
        default:
            channels = random(1...6)
            id = try wholeConvolution(id, x.channels, to: channels)
        }
        if chance(40) { id = try net.node("Relu", [id]) }
        add(try requantised(id, exponent: -random(2...6)), channels, x.rows, x.columns)
    }

    /// Quantised by a scale that is a power of two, and real again.
    private mutating func requantised(_ id: ValueID, exponent: Int) throws -> ValueID {
        let scale = try net.scalar(exponent < 0 ? 1 / Float(1 << -exponent) : Float(1 << exponent))
        let isSigned = chance(50)
        let zeroPoint = net.constant(
            isSigned
                ? try Tensor([Int8(random(-9...9))], shape: []) : try Tensor([UInt8(random(110...140))], shape: []))
        let stored = try net.node("QuantizeLinear", [id, scale, zeroPoint])
        return try net.node("DequantizeLinear", [stored, scale, zeroPoint])
    }

    /// A convolution of 3x3 by constant weights in int8.
    private mutating func wholeConvolution(_ id: ValueID, _ channels: Int, to filters: Int) throws -> ValueID {
        let count = filters * channels * 9
        let stored = try Tensor((0..<count).map { _ in Int8(random(-9...9)) }, shape: [filters, channels, 3, 3])
        let zero = net.constant(try Tensor([Int8(0)], shape: []))
        let weights = try net.node(
            "DequantizeLinear", [net.constant(stored), try net.scalar(1 / 32), zero], ["axis": .int(0)])
        return try net.node("Conv", [id, weights], ["pads": .ints([1, 1, 1, 1])])
    }
}
