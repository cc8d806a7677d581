import DeeperTensors

/// ONNX Unique: the distinct elements of X, or its distinct slices along an axis. Further outputs are the first
/// occurrence of each, which of them every element or slice equals, and how often each occurs.
///
/// They are sorted, or in the order of their first occurrence. NaN equals NaN and is above all numbers. Their number is
/// part of the outputs' shapes, so X must be known when a plan is prepared.
struct Unique: Operator {
    static let name = "Unique"
    static let outputCount = 1...4
    static let firstOpset = 11
    private let axis: Int?
    private let isSorted: Bool

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis")
        isSorted = try attributes.flag("sorted", default: true)
    }

    var valueInputs: [Int] { [0] }

    private func span(_ x: Shape) throws -> AxisSpan {
        guard let axis else { return AxisSpan([x.elementCount], axis: 0) }
        return AxisSpan(x, axis: try resolveAxis(axis, rank: x.rank))
    }

    private func slices(_ x: Tensor) throws -> UniqueSlices {
        let span = try span(x.shape)
        if x.elementType.isFloatingPoint {
            return UniqueSlices(try x.doubles(), span, isSorted: isSorted) { $0 < $1 || $1.isNaN && !$0.isNaN }
        }
        return x.elementType == .uint64
            ? UniqueSlices(try x.elements(as: UInt64.self), span, isSorted: isSorted) { $0 < $1 }
            : UniqueSlices(try x.integers(), span, isSorted: isSorted) { $0 < $1 }
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.knownValue(0)
        let count = try slices(x).firsts.count
        var dimensions = [count]
        if let axis {
            dimensions = x.shape.dimensions
            dimensions[try resolveAxis(axis, rank: dimensions.count)] = count
        }
        let list = TensorType(.int64, [count])
        return [
            TensorType(x.elementType, try Shape(validating: dimensions)), list,
            TensorType(.int64, [try span(x.shape).length]), list,
        ]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.knownValue(0)
        let span = try span(x.shape)
        let slices = try slices(x)
        let bytes = try x.bytes()
        let innerBytes = span.inner * x.elementType.byteCount
        let values = try Tensor(x.elementType, shape: request.output.shape) { target in
            for row in 0..<span.outer {
                for (place, slice) in slices.firsts.enumerated() {
                    let source = (row * span.length + slice) * innerBytes
                    let start = (row * slices.firsts.count + place) * innerBytes
                    UnsafeMutableRawBufferPointer(rebasing: target[start..<start + innerBytes])
                        .copyBytes(from: bytes[source..<source + innerBytes])
                }
            }
        }
        let lists = try [slices.firsts, slices.numbers, slices.counts].map {
            try Tensor($0.map(Int64.init), shape: [$0.count])
        }
        return .constants([values] + lists)
    }
}
