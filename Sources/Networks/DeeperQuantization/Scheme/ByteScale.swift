/// The mapping from uint8 to real numbers: (stored - zero point) times the scale.
struct ByteScale: Sendable, Hashable {
    let scale: Float
    let zeroPoint: UInt8

    /// The real numbers that the smallest and the largest stored number represent.
    var range: ValueRange {
        ValueRange(lower: 0 - Float(zeroPoint) * scale, upper: (255 - Float(zeroPoint)) * scale)
    }

    /// The smallest scale. Smaller numbers are lost, so that products of scales stay normal float32 numbers.
    static let least: Float = 1e-18

    init(_ range: ValueRange) {
        let step = (range.upper - range.lower) / 255
        scale = step >= ByteScale.least && step.isFinite ? step : 1
        zeroPoint = UInt8(min(max((-range.lower / scale).rounded(.toNearestOrEven), 0), 255))
    }
}
