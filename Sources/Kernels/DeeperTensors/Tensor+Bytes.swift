extension Tensor {
    /// A tensor in which every element is the only one of `element`.
    ///
    /// - Throws: `invalidInput` if `element` has another number of elements than one.
    public init(repeating element: Tensor, shape: Shape) throws {
        guard element.shape.elementCount == 1 else {
            throw DeeperError(.invalidInput, "expected one element, got shape \(element.shape)")
        }
        let width = element.elementType.byteCount
        try self.init(element.elementType, shape: shape) { target in
            try element.withUnsafeBytes { source in
                // Fresh tensors are zero already, and untouched pages cost nothing.
                guard source.prefix(width).contains(where: { $0 != 0 }) else { return }
                for index in target.indices { target[index] = source[index % width] }
            }
        }
    }

    /// Whether type, shape and every bit are the same; unlike `==` of numbers, NaN equals NaN and 0 differs from -0.
    public func isIdentical(to other: Tensor) throws -> Bool {
        guard elementType == other.elementType, shape == other.shape else { return false }
        return try withUnsafeBytes { own in
            try other.withUnsafeBytes { own.prefix(byteCount).elementsEqual($0.prefix(byteCount)) }
        }
    }
}
