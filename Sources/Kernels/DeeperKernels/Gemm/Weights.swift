public import DeeperTensors

/// Weights that a kernel will ask for when it packs them, which may be later and on another thread.
public struct Weights<Element: TensorElement>: Sendable {
    public let count: Int
    private let read: @Sendable () throws -> [Element]

    public init(_ values: [Element]) {
        self.count = values.count
        self.read = { values }
    }

    /// - Precondition: the tensor holds elements of this type.
    public init(_ tensor: Tensor) {
        self.count = tensor.shape.elementCount
        self.read = { try tensor.elements(as: Element.self) }
    }

    /// The same number of values, each made from these.
    public func map(_ transform: @escaping @Sendable ([Element]) -> [Element]) -> Weights {
        Weights(count: count) { transform(try read()) }
    }

    /// So many values, made from these.
    func map(count: Int, _ transform: @escaping @Sendable ([Element]) -> [Element]) -> Weights {
        Weights(count: count) { transform(try read()) }
    }

    private init(count: Int, read: @escaping @Sendable () throws -> [Element]) {
        self.count = count
        self.read = read
    }

    /// - Throws: what their tensor's source throws.
    public func values() throws -> [Element] { try read() }
}
