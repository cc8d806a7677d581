/// The order of a value's elements in memory. Shapes are always logical (NCHW); layouts are physical.
public enum Layout: String, Sendable, Hashable {
    /// Axes in logical order, the last one contiguous.
    case rowMajor
    /// N, spatial axes, C: a pixel's channels are contiguous (NHWC). Differs from row-major from rank 3 on.
    case channelsLast

    /// The logical axes in physical order, outermost first.
    public func physicalAxes(rank: Int) -> [Int] {
        guard self == .channelsLast, rank > 2 else { return Array(0..<rank) }
        return [0] + Array(2..<rank) + [1]
    }

    /// The place of each logical axis in physical order: the inverse of ``physicalAxes(rank:)``.
    public func physicalPlaces(rank: Int) -> [Int] {
        guard self == .channelsLast, rank > 2 else { return Array(0..<rank) }
        return [0, rank - 1] + Array(1..<rank - 1)
    }
}

/// The element type and the logical shape of a value.
public struct TensorType: Sendable, Hashable, CustomStringConvertible {
    public var elementType: ElementType
    public var shape: Shape

    public init(_ elementType: ElementType, _ shape: Shape) {
        self.elementType = elementType
        self.shape = shape
    }

    public var byteCount: Int { shape.elementCount * elementType.byteCount }
    public var description: String { "\(elementType)\(shape)" }
}

/// The type of a value and the arrangement of its elements in memory, relative to the first one.
public struct TensorDescriptor: Sendable, Hashable {
    public var type: TensorType
    public var layout: Layout
    /// For a channels-last value, the distance in elements from one pixel to the next, at least the channel count. A
    /// larger number means that the value is a slice of channels of a wider value.
    public var pixelPitch: Int

    /// Makes a descriptor. The value is dense unless `pixelPitch` is above the channel count, which makes it a slice of
    /// channels.
    public init(_ type: TensorType, _ layout: Layout = .rowMajor, pixelPitch: Int? = nil) {
        self.type = type
        self.layout = type.shape.rank > 2 ? layout : .rowMajor
        let channels = type.shape.rank > 1 ? type.shape[1] : 1
        self.pixelPitch = pixelPitch ?? channels
    }

    public var shape: Shape { type.shape }
    public var elementType: ElementType { type.elementType }

    /// The extents in physical order.
    public var physicalExtents: [Int] { layout.physicalAxes(rank: shape.rank).map { shape[$0] } }

    /// Whether the elements fill their memory without gaps.
    public var isDense: Bool { layout == .rowMajor || pixelPitch == shape[1] }

    /// The distances in elements between neighbours along each logical axis.
    public var strides: [Int] {
        guard layout == .channelsLast else { return shape.rowMajorStrides }
        var strides = [Int](repeating: 1, count: shape.rank)
        var step = pixelPitch
        for axis in (2..<shape.rank).reversed() {
            strides[axis] = step
            step &*= max(1, shape[axis])
        }
        strides[0] = step
        return strides
    }

    /// Whether both place every element of the same shape at the same offset.
    public func placesElements(like other: TensorDescriptor) -> Bool {
        guard shape == other.shape else { return false }
        let own = strides, others = other.strides
        return shape.dimensions.indices.allSatisfy { shape[$0] <= 1 || own[$0] == others[$0] }
    }
}
