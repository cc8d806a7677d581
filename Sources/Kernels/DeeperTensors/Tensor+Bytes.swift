extension Tensor {
    /// Makes a tensor in which every element equals the single element of `element`.
    ///
    /// - Throws: `invalidInput` if `element` does not have exactly one element.
    public init(repeating element: Tensor, shape: Shape) throws {
        guard element.shape.elementCount == 1 else {
            throw DeeperError(.invalidInput, "expected one element, got shape \(element.shape)")
        }
        let width = element.elementType.byteCount
        try self.init(element.elementType, shape: shape) { target in
            try element.withUnsafeBytes { source in
                // A new tensor is already zero, and pages that are not touched cost nothing.
                guard source.prefix(width).contains(where: { $0 != 0 }) else { return }
                for index in target.indices { target[index] = source[index % width] }
            }
        }
    }

    /// Whether type, shape and every bit are the same. Unlike with `==` on numbers, NaN equals NaN, and 0 differs from
    /// -0.
    public func isIdentical(to other: Tensor) throws -> Bool {
        guard elementType == other.elementType, shape == other.shape else { return false }
        return try withUnsafeBytes { own in
            try other.withUnsafeBytes { own.prefix(byteCount).elementsEqual($0.prefix(byteCount)) }
        }
    }
}
