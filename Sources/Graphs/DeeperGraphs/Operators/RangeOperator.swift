import DeeperTensors

/// ONNX Range: start, start + delta, ..., up to `limit`, which is not included.
struct RangeOperator: Operator {
    static let name = "Range"
    static let inputCount = 3...3
    static let firstOpset = 11

    init(_ attributes: inout AttributeReader) throws { attributes.ignore("stash_type") }

    var valueInputs: [Int] { [0, 1, 2] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0).elementType
        let bounds = try (0..<3).map { index in
            let value = try inputs.knownValue(index)
            guard value.elementType == type, value.shape.elementCount == 1 else {
                throw DeeperError(
                    .invalidModel, "input \(index) is \(try inputs.type(index)), expected a scalar of \(type)")
            }
            return value
        }
        guard [.float32, .float64, .int16, .int32, .int64].contains(type) else {
            throw DeeperError(.unsupported, "Range of \(type)")
        }
        let count =
            type.isFloatingPoint
            ? try RangeOperator.count(bounds.map { try $0.doubles()[0] })
            : try RangeOperator.count(bounds.map { try $0.integers()[0] })
        return [TensorType(type, [count])]
    }

    private static func count(_ bounds: [Double]) throws -> Int {
        let count = ((bounds[1] - bounds[0]) / bounds[2]).rounded(.up)
        guard bounds[2] != 0, count.isFinite, count < 1e12 else { throw endless(bounds) }
        return Int(max(0, count))
    }

    /// Exact, even if float64 cannot represent the bounds.
    private static func count(_ bounds: [Int]) throws -> Int {
        let (start, limit, delta) = (bounds[0], bounds[1], bounds[2])
        guard delta != 0 else { throw endless(bounds) }
        guard delta > 0 ? start < limit : start > limit else { return 0 }
        let distance = delta > 0 ? UInt(bitPattern: limit &- start) : UInt(bitPattern: start &- limit)
        let (quotient, remainder) = distance.quotientAndRemainder(dividingBy: delta.magnitude)
        guard quotient < 1_000_000_000_000 else { throw endless(bounds) }
        return Int(quotient) + (remainder == 0 ? 0 : 1)
    }

    private static func endless<Number>(_ bounds: [Number]) -> DeeperError {
        DeeperError(.invalidModel, "a range from \(bounds[0]) to \(bounds[1]) in steps of \(bounds[2]) has no end")
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        let start = try request.knownValue(0)
        let delta = try request.knownValue(2)
        let values: Tensor
        if start.elementType.isFloatingPoint {
            let (first, step) = (try start.doubles()[0], try delta.doubles()[0])
            let numbers = (0..<count).map { first + Double($0) * step }
            values =
                start.elementType == .float32
                ? try Tensor(numbers.map { Float($0) }, shape: [count]) : try Tensor(numbers, shape: [count])
        } else {
            let (first, step) = (try start.integers()[0], try delta.integers()[0])
            let numbers = (0..<count).map { first &+ $0 &* step }
            values =
                switch start.elementType {
                case .int16: try Tensor(numbers.map { Int16(truncatingIfNeeded: $0) }, shape: [count])
                case .int32: try Tensor(numbers.map { Int32(truncatingIfNeeded: $0) }, shape: [count])
                default: try Tensor(numbers.map(Int64.init), shape: [count])
                }
        }
        return .constants([values])
    }
}
