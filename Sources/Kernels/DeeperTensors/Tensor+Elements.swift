extension Tensor {
    /// Calls `body` with a typed view of the elements, row-major and without a copy.
    ///
    /// - Throws: `invalidInput` if `Element` is not the tensor's type; the error of `body` or of a source.
    public func withSpan<Element: TensorElement, Result>(
        of type: Element.Type = Element.self, _ body: (Span<Element>) throws -> Result
    ) throws -> Result {
        try check(type)
        return try withUnsafeBytes { bytes in
            try body(
                UnsafeBufferPointer(
                    start: bytes.baseAddress?.assumingMemoryBound(to: Element.self), count: shape.elementCount
                ).span)
        }
    }

    /// Calls `body` with a typed view of the elements for writing; other copies of the tensor keep the old ones.
    ///
    /// - Throws: `invalidInput` if `Element` is not the tensor's type; the error of `body` or of a source.
    public mutating func withMutableSpan<Element: TensorElement, Result>(
        of type: Element.Type = Element.self, _ body: (inout MutableSpan<Element>) throws -> Result
    ) throws -> Result {
        try check(type)
        let count = shape.elementCount
        return try withUnsafeMutableBytes { bytes in
            var span = UnsafeMutableBufferPointer(
                start: bytes.baseAddress?.assumingMemoryBound(to: Element.self), count: count
            ).mutableSpan
            return try body(&span)
        }
    }

    /// One element, by its position along each axis.
    ///
    /// For many elements use ``withSpan(of:_:)`` or ``elements(as:)``, which find the memory once.
    ///
    /// - Precondition: there is one index for each axis, and each is within the axis' extent.
    /// - Throws: `invalidInput` if `Element` is not the tensor's type; the error of a source.
    public subscript<Element: TensorElement>(_ indices: Int..., as type: Element.Type = Element.self) -> Element {
        get throws {
            let offset = offset(of: indices)
            return try withSpan(of: type) { $0[offset] }
        }
    }

    /// The position of the largest element in row-major order: the first of several, and NaN only if there are no
    /// numbers. Nil for a tensor without elements. 64-bit integers are compared as float64.
    public func argmax() throws -> Int? {
        try doubles().withUnsafeBufferPointer { topPositions($0, 1).first }
    }

    /// The positions of the largest elements along an axis, in row-major order of the other axes.
    ///
    /// - Parameter axis: the axis, counted from 0, or backwards from -1 for the last one.
    /// - Precondition: the tensor has the axis.
    /// - Throws: `invalidInput` if the axis has no element; the error of a source.
    public func argmax(axis: Int) throws -> [Int] {
        let axis = axis < 0 ? axis + shape.rank : axis
        precondition(shape.dimensions.indices.contains(axis), "axis \(axis) of shape \(shape)")
        let extent = shape[axis], stride = shape.rowMajorStrides[axis]
        guard extent > 0 else { throw DeeperError(.invalidInput, "axis \(axis) of shape \(shape) has no element") }
        let numbers = try doubles()
        return (0..<numbers.count / extent).map { row in
            let first = row / stride * extent * stride + row % stride
            let values = (0..<extent).map { numbers[first + $0 * stride] }
            return values.withUnsafeBufferPointer { topPositions($0, 1)[0] }
        }
    }

    private func check(_ type: (some TensorElement).Type) throws {
        guard type.elementType == elementType else {
            throw DeeperError(.invalidInput, "the tensor holds \(elementType), not \(type.elementType)")
        }
    }

    private func offset(of indices: [Int]) -> Int {
        precondition(indices.count == shape.rank, "\(indices.count) indices for shape \(shape)")
        return zip(zip(indices, shape.dimensions), shape.rowMajorStrides).reduce(0) { offset, axis in
            let ((index, extent), stride) = axis
            precondition((0..<extent).contains(index), "index \(indices) is out of range for shape \(shape)")
            return offset + index * stride
        }
    }
}
