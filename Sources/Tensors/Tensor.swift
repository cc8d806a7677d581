/// A dense row-major array of numbers: the values that go into a model, come out of it, and are stored in it.
///
/// A tensor is a value: copies share their memory until one of them is changed.
public struct Tensor: Sendable {
    /// The type of every element.
    public let elementType: ElementType
    /// The extents, outermost axis first.
    public let shape: Shape
    private var storage: AlignedStorage

    /// A tensor whose bytes `initialize` writes; they are zero before.
    ///
    /// - Throws: `limitExceeded` if memory is refused; whatever `initialize` throws.
    public init(
        _ elementType: ElementType, shape: Shape,
        initialize: (UnsafeMutableRawBufferPointer) throws -> Void = { _ in }
    ) throws {
        self.elementType = elementType
        self.shape = shape
        self.storage = try AlignedStorage(byteCount: shape.elementCount * elementType.byteCount)
        try initialize(storage.mutableBytes)
    }

    /// A tensor with the given elements in row-major order.
    ///
    /// - Throws: `invalidInput` if the number of elements is not the shape's.
    public init<Element: TensorElement>(_ elements: [Element], shape: Shape) throws {
        guard elements.count == shape.elementCount else {
            throw DeeperError(
                .invalidInput, "\(elements.count) elements given for shape \(shape), which has \(shape.elementCount)")
        }
        try self.init(Element.elementType, shape: shape) { bytes in
            elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
        }
    }

    /// A tensor of rank 0.
    public init<Element: TensorElement>(scalar: Element) throws { try self.init([scalar], shape: []) }

    /// The bytes of all elements: `shape.elementCount * elementType.byteCount`.
    public var byteCount: Int { shape.elementCount * elementType.byteCount }

    /// The elements in row-major order.
    ///
    /// - Throws: `invalidInput` if `Element` is not this tensor's type.
    public func elements<Element: TensorElement>(as type: Element.Type = Element.self) throws -> [Element] {
        guard Element.elementType == elementType else {
            throw DeeperError(.invalidInput, "the tensor holds \(elementType), not \(Element.elementType)")
        }
        return withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    }

    /// The elements of a tensor of any integer type or bool.
    ///
    /// - Throws: `invalidInput` for a floating-point tensor.
    public func integers() throws -> [Int] {
        switch elementType {
        case .int64: try elements(as: Int64.self).map(Int.init)
        case .int32: try elements(as: Int32.self).map(Int.init)
        case .int8: try elements(as: Int8.self).map(Int.init)
        case .uint8: try elements(as: UInt8.self).map(Int.init)
        case .bool: try elements(as: Bool.self).map { $0 ? 1 : 0 }
        case .float32, .float64: throw DeeperError(.invalidInput, "expected integers, the tensor holds \(elementType)")
        }
    }

    /// The elements of a tensor of any type, as float64.
    public func doubles() -> [Double] {
        switch elementType {
        case .float32: withUnsafeBytes { $0.bindMemory(to: Float.self).map(Double.init) }
        case .float64: withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
        case .int64: withUnsafeBytes { $0.bindMemory(to: Int64.self).map(Double.init) }
        case .int32: withUnsafeBytes { $0.bindMemory(to: Int32.self).map(Double.init) }
        case .int8: withUnsafeBytes { $0.bindMemory(to: Int8.self).map(Double.init) }
        case .uint8: withUnsafeBytes { $0.bindMemory(to: UInt8.self).map(Double.init) }
        case .bool: withUnsafeBytes { $0.bindMemory(to: UInt8.self).map { $0 == 0 ? 0 : 1 } }
        }
    }

    /// Calls `body` with the elements' bytes, row-major, on a 64-byte boundary.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(storage) { try body($0.bytes) }
    }

    /// Calls `body` with the elements' bytes for writing; other copies of the tensor keep the old ones.
    public mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) throws -> Result {
        if !isKnownUniquelyReferenced(&storage) {
            let fresh = try AlignedStorage(byteCount: storage.byteCount)
            fresh.mutableBytes.copyMemory(from: storage.bytes)
            storage = fresh
        }
        return try body(storage.mutableBytes)
    }

    /// The same elements under another shape.
    ///
    /// - Throws: `invalidInput` if the element counts differ.
    public func reshaped(_ shape: Shape) throws -> Tensor {
        guard shape.elementCount == self.shape.elementCount else {
            throw DeeperError(.invalidInput, "cannot view shape \(self.shape) as \(shape)")
        }
        return Tensor(elementType: elementType, shape: shape, storage: storage)
    }

    private init(elementType: ElementType, shape: Shape, storage: AlignedStorage) {
        self.elementType = elementType
        self.shape = shape
        self.storage = storage
    }
}
