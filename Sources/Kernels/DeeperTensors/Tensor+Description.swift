extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    private static let shownCount = 8

    /// The type, the shape and the first elements: `float32[2, 3] [0.5, 1.0, ...]`. Elements that are still in a file
    /// are not read.
    public var description: String {
        guard isInMemory else { return "\(elementType)\(shape) (not in memory)" }
        return "\(elementType)\(shape) [\(firstElements())]"
    }

    public var debugDescription: String { description }

    private func firstElements() -> String {
        let shown = min(shape.elementCount, Tensor.shownCount)
        let texts = (try? texts(shown)) ?? []
        return (texts + (shape.elementCount > shown ? ["..."] : [])).joined(separator: ", ")
    }

    /// A copy of the first elements.
    private func first(_ count: Int) throws -> Tensor {
        try Tensor(elementType, shape: [count]) { target in
            try withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<target.count])) }
        }
    }

    private func texts(_ count: Int) throws -> [String] {
        switch elementType {
        case .float32: try withSpan(of: Float.self) { span in (0..<count).map { "\(span[$0])" } }
        case .float64: try withSpan(of: Double.self) { span in (0..<count).map { "\(span[$0])" } }
        case .float16, .bfloat16: try first(count).floats().map { "\($0)" }
        case .bool: try first(count).integers().map { $0 == 0 ? "false" : "true" }
        case .uint64: try withSpan(of: UInt64.self) { span in (0..<count).map { "\(span[$0])" } }
        default: try first(count).integers().map { "\($0)" }
        }
    }
}
