/// The extents of a tensor, outermost axis first. A scalar has no extents and one element.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// One extent per axis, none negative.
    public let dimensions: [Int]
    /// The product of the extents.
    public let elementCount: Int

    /// Makes a shape from extents that are known to be valid.
    ///
    /// - Precondition: no extent is negative and the product fits an `Int`; use ``init(validating:)`` for sizes that
    ///   come from outside.
    public init(_ dimensions: [Int]) {
        guard let count = Shape.product(dimensions) else { preconditionFailure("unsound shape \(dimensions)") }
        self.dimensions = dimensions
        self.elementCount = count
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// Makes a shape from extents of unknown origin.
    ///
    /// - Throws: `invalidModel` for a negative extent; `limitExceeded` if the product of the extents, without zeros, is
    ///   more than can be addressed. Hence no product of any of the extents of a shape overflows.
    public init(validating dimensions: [Int]) throws {
        if let bad = dimensions.first(where: { $0 < 0 }) {
            throw DeeperError(.invalidModel, "dimension \(bad) in shape \(dimensions) is negative")
        }
        let extents = dimensions.filter { $0 != 0 }
        guard let all = Shape.product(extents), all <= Int.max / 64, let count = Shape.product(dimensions) else {
            throw DeeperError(.limitExceeded, "shape \(dimensions) has more elements than can be addressed")
        }
        self.dimensions = dimensions
        self.elementCount = count
    }

    /// The number of axes.
    public var rank: Int { dimensions.count }
    /// Whether there is no element.
    public var isEmpty: Bool { elementCount == 0 }

    /// The extent of an axis, counted from 0 for the outermost.
    public subscript(axis: Int) -> Int { dimensions[axis] }

    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }

    /// The distances between neighbours along each axis, in elements, for a dense row-major tensor.
    ///
    /// They wrap for an empty shape with absurd extents, whose strides are never used.
    public var rowMajorStrides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in dimensions.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] &* max(1, dimensions[axis + 1])
        }
        return strides
    }

    private static func product(_ dimensions: [Int]) -> Int? {
        if dimensions.contains(0) { return dimensions.contains { $0 < 0 } ? nil : 0 }
        var product = 1
        for extent in dimensions {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            if overflow || extent < 0 { return nil }
            product = next
        }
        return product
    }
}
