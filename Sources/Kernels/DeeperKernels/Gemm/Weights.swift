public import DeeperTensors

/// Weights that a kernel will ask for when it packs them, which may be later and on another thread.
public struct Weights: Sendable {
    public let count: Int
    private let read: @Sendable () throws -> [Float]

    public init(_ values: [Float]) {
        self.count = values.count
        self.read = { values }
    }

    /// - Precondition: the tensor holds float32.
    public init(_ tensor: Tensor) {
        self.count = tensor.shape.elementCount
        self.read = { try tensor.elements(as: Float.self) }
    }

    /// The same number of values, each made from these.
    public func map(_ transform: @escaping @Sendable ([Float]) -> [Float]) -> Weights {
        Weights(count: count) { transform(try read()) }
    }

    private init(count: Int, read: @escaping @Sendable () throws -> [Float]) {
        self.count = count
        self.read = read
    }

    /// - Throws: what their tensor's source throws.
    public func values() throws -> [Float] { try read() }
}
