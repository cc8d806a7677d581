public import DeeperTensors

/// Weights that a kernel reads when it packs them, which may be later and on another thread.
public struct Weights<Element: TensorElement>: Sendable {
    private enum Origin: Sendable {
        case tensor(Tensor)
        case made(@Sendable () throws -> [Element])
    }

    public let count: Int
    private let origin: Origin

    public init(_ values: [Element]) { self.init(count: values.count, origin: .made { values }) }

    /// - Precondition: the tensor holds elements of this type.
    public init(_ tensor: Tensor) { self.init(count: tensor.shape.elementCount, origin: .tensor(tensor)) }

    /// The same number of values, computed from these.
    public func map(_ transform: @escaping @Sendable ([Element]) -> [Element]) -> Weights {
        map(count: count, transform)
    }

    /// `count` values, computed from these.
    func map(count: Int, _ transform: @escaping @Sendable ([Element]) -> [Element]) -> Weights {
        Weights(count: count, origin: .made { transform(try values()) })
    }

    /// Values that `make` returns when they are needed.
    public init(count: Int, _ make: @escaping @Sendable () throws -> [Element]) {
        self.init(count: count, origin: .made(make))
    }

    private init(count: Int, origin: Origin) {
        self.count = count
        self.origin = origin
    }

    /// - Throws: the error of their tensor's source.
    public func values() throws -> [Element] {
        switch origin {
        case .tensor(let tensor): try tensor.elements(as: Element.self)
        case .made(let make): try make()
        }
    }

    /// Calls `body` with the values, unless there are none.
    ///
    /// - Parameter buffer: holds data that is read from a file while `body` runs.
    /// - Throws: the error of their tensor's source; `limitExceeded` if memory is refused.
    func read(by buffer: inout WeightBuffer, _ body: (UnsafePointer<Element>) -> Void) throws {
        guard count > 0 else { return }
        switch origin {
        case .tensor(let tensor) where tensor.isInMemory:
            try tensor.withUnsafeBytes { body($0.assumingMemoryBound(to: Element.self).baseAddress!) }
        case .tensor(let tensor):
            let bytes = try buffer.bytes(count * Element.elementType.byteCount)
            try tensor.read(into: bytes)
            // Non-nil: not empty. A buffer lends its memory to one reader at a time.
            body(UnsafePointer(bytes.bindMemory(to: Element.self).baseAddress!))
        case .made(let make): try make().withUnsafeBufferPointer { body($0.baseAddress!) }
        }
    }
}
