/// The source of a tensor's bytes, which are read only when they are needed: a file, or other tensors.
///
/// Weights are read once, when a plan packs them; until then they take no memory.
public protocol TensorSource: AnyObject, Sendable {
    /// Writes all bytes, row-major in the machine's byte order. May be called repeatedly, and on any thread.
    ///
    /// - Throws: an error if the bytes are not available.
    func read(into bytes: UnsafeMutableRawBufferPointer) throws
}

extension Tensor {
    /// Smaller sources are read immediately, because shapes, axes and biases are needed again and again.
    static let deferredFromBytes = 1 << 16

    /// Makes a tensor of the given type and shape whose bytes come from `source`.
    ///
    /// - Throws: the error of the source, if it is small and therefore read immediately.
    public init(_ elementType: ElementType, shape: Shape, source: any TensorSource) throws {
        if shape.elementCount * elementType.byteCount < Tensor.deferredFromBytes {
            try self.init(elementType, shape: shape) { try source.read(into: $0) }
        } else {
            self.init(elementType: elementType, shape: shape, storage: nil, source: source)
        }
    }

    /// Makes a tensor from the elements of several tensors of one element type, one after the other.
    ///
    /// - Precondition: together, the tensors have the number of elements of the shape.
    public init(joining parts: [Tensor], shape: Shape) throws {
        precondition(!parts.isEmpty && parts.allSatisfy { $0.elementType == parts[0].elementType })
        precondition(parts.reduce(0) { $0 + $1.shape.elementCount } == shape.elementCount)
        try self.init(parts[0].elementType, shape: shape, source: Joined(parts))
    }

    /// A float32 tensor, multiplied by one factor for each entry of its first axis.
    public func scaled(by factors: [Float]) throws -> Tensor {
        precondition(elementType == .float32 && shape.rank > 0 && factors.count == shape[0])
        return try Tensor(elementType, shape: shape, source: Scaled(self, factors))
    }

    private final class Joined: TensorSource {
        private let parts: [Tensor]
        init(_ parts: [Tensor]) { self.parts = parts }

        func read(into bytes: UnsafeMutableRawBufferPointer) throws {
            var first = 0
            for part in parts {
                try part.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[first..<first + part.byteCount]))
                first += part.byteCount
            }
        }
    }

    private final class Scaled: TensorSource {
        private let tensor: Tensor
        private let factors: [Float]
        init(_ tensor: Tensor, _ factors: [Float]) { (self.tensor, self.factors) = (tensor, factors) }

        func read(into bytes: UnsafeMutableRawBufferPointer) throws {
            try tensor.read(into: bytes)
            let values = bytes.bindMemory(to: Float.self)
            let length = values.count / max(1, factors.count)
            for (row, factor) in factors.enumerated() where factor != 1 {
                for index in row * length..<(row + 1) * length { values[index] *= factor }
            }
        }
    }
}
