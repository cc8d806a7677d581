import DeeperKernels
import DeeperTensors

/// The indices of the inputs that are an operand's scale and zero point.
struct QuantizationPair: Sendable {
    var scale: Int
    var zeroPoint: Int
}

extension NodeInputs {
    /// Checks a scale, which is one number or has one for each of `count` entries, and its zero point.
    ///
    /// - Parameters:
    ///   - type: the type of the operand that they belong to, and so of the zero point.
    ///   - count: the number of entries that may have a scale of their own; nil: only one scale is allowed.
    /// - Throws: `invalidModel` for types, shapes or values that do not fit.
    func check(_ pair: QuantizationPair, of type: ElementType, perEntry count: Int? = nil) throws {
        let scale = try shape(pair.scale, .float32)
        guard scale.elementCount == 1 || scale.rank == 1 && scale.elementCount == count else {
            throw DeeperError(
                .invalidModel,
                "the scale (input \(pair.scale)) has shape \(scale), expected one number"
                    + (count.map { " or [\($0)]" } ?? ""))
        }
        try checkScales(pair.scale)
        guard has(pair.zeroPoint) else { return }
        let zeroPoint = try self.type(pair.zeroPoint)
        guard zeroPoint.elementType == type else {
            throw DeeperError(
                .invalidModel, "the zero point (input \(pair.zeroPoint)) is \(zeroPoint), expected \(type.rawValue)")
        }
        guard zeroPoint.shape.elementCount == 1 || zeroPoint.shape == scale else {
            throw DeeperError(
                .invalidModel,
                "the zero point (input \(pair.zeroPoint)) has shape \(zeroPoint.shape), its scale \(scale)")
        }
    }

    /// - Throws: `invalidModel` if the scales are known and one is not positive and finite.
    func checkScales(_ index: Int) throws {
        guard let value = value(index), value.elementType == .float32 else { return }
        if let bad = try value.elements(as: Float.self).first(where: { !isScale($0) }) {
            throw DeeperError(
                .invalidModel, "a scale (input \(index)) is \(bad), expected a positive and finite number")
        }
    }

    /// The type of an 8-bit operand.
    ///
    /// - Throws: `invalidModel` for another type.
    func byteType(_ index: Int) throws -> ElementType {
        let type = try type(index)
        guard type.elementType == .int8 || type.elementType == .uint8 else {
            throw DeeperError(.invalidModel, "input \(index) is \(type), expected int8 or uint8")
        }
        return type.elementType
    }
}

extension LoweringRequest {
    /// The known values of a scale: one, or one per entry.
    func scales(_ pair: QuantizationPair) throws -> [Float] { try knownValue(pair.scale).elements(as: Float.self) }

    /// The known values of a zero point; a single 0 if there is none.
    func zeroPoints(_ pair: QuantizationPair) throws -> [Int32] { try zeroPoints(at: pair.zeroPoint) }

    func zeroPoints(at index: Int) throws -> [Int32] {
        guard hasInput(index) else { return [0] }
        return try knownValue(index).integers().map { Int32(truncatingIfNeeded: $0) }
    }

    /// How 8-bit results with a known scale and zero point are stored.
    ///
    /// - Parameter type: the type of the results; nil: the output's type.
    func byteResult(_ pair: QuantizationPair, of type: ElementType? = nil) throws -> IntegerEpilogue.Result {
        let type = type ?? output.elementType
        let range = type.byteRange
        return .quantized(
            type, zeroPoint: try zeroPoints(pair)[0], least: range.lowerBound, most: range.upperBound)
    }

    /// Known weights minus their zero points, and whether the differences are from -128 to 127. There is one zero
    /// point, or one for each entry of axis 0.
    func centredWeights(_ index: Int, zeroPoints: [Int32]) throws -> (weights: Weights<Int16>, fitsBytes: Bool) {
        let tensor = try knownValue(index)
        let weights = Weights<Int16>(count: tensor.shape.elementCount) {
            let perEntry = max(1, tensor.shape.elementCount / zeroPoints.count)
            return tensor.elementType == .int8
                ? centred(try tensor.elements(as: Int8.self), zeroPoints, perEntry)
                : centred(try tensor.elements(as: UInt8.self), zeroPoints, perEntry)
        }
        return (weights, tensor.elementType.fitsBytes(less: zeroPoints))
    }
}

/// Limits a quotient of scales to finite float32 numbers: an infinite factor times 0 would be NaN.
func boundedFactor(_ value: Float) -> Float { min(value, .greatestFiniteMagnitude) }

private func centred<Element: FixedWidthInteger>(
    _ stored: [Element], _ zeroPoints: [Int32], _ perEntry: Int
) -> [Int16] {
    [Int16](unsafeUninitializedCapacity: stored.count) { result, count in
        stored.withUnsafeBufferPointer { stored in
            for start in Swift.stride(from: 0, to: stored.count, by: perEntry) {
                let zeroPoint = Int16(truncatingIfNeeded: zeroPoints[zeroPoints.count == 1 ? 0 : start / perEntry])
                for index in start..<min(start + perEntry, stored.count) {
                    result[index] = Int16(truncatingIfNeeded: stored[index]) &- zeroPoint
                }
            }
        }
        count = stored.count
    }
}
