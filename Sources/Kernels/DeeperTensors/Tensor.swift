/// A dense row-major array of numbers: an input, an output or a weight of a model.
///
/// A tensor is a value type: copies share their memory until one of them is changed. Large weights of a model have no
/// memory of their own, but a `TensorSource`, which is read whenever the elements are accessed.
public struct Tensor: Sendable {
    /// The type of every element.
    public let elementType: ElementType
    /// The extents, outermost axis first.
    public let shape: Shape
    /// Nil if the bytes come from a source.
    private var storage: AlignedStorage?
    private let source: (any TensorSource)?

    /// Makes a tensor whose bytes `initialize` writes; they are zero before.
    ///
    /// - Throws: `limitExceeded` if memory is refused; whatever `initialize` throws.
    public init(
        _ elementType: ElementType, shape: Shape,
        initialize: (UnsafeMutableRawBufferPointer) throws -> Void = { _ in }
    ) throws {
        let storage = try AlignedStorage(byteCount: shape.elementCount * elementType.byteCount)
        try initialize(storage.mutableBytes)
        self.init(elementType: elementType, shape: shape, storage: storage, source: nil)
    }

    /// Makes a tensor with undefined contents, for callers that write all of its bytes.
    ///
    /// - Parameter memory: a collection that may provide the bytes, and that receives them when the tensor is no longer
    ///   used.
    /// - Throws: `limitExceeded` if memory is refused.
    public init(_ elementType: ElementType, shape: Shape, recycling memory: RecycledMemory) throws {
        let byteCount = shape.elementCount * elementType.byteCount
        self.init(
            elementType: elementType, shape: shape,
            storage: try AlignedStorage(byteCount: byteCount, recycler: memory), source: nil)
    }

    /// Makes a tensor with the given elements in row-major order.
    ///
    /// - Throws: `invalidInput` if the number of elements does not match the shape.
    public init<Element: TensorElement>(_ elements: [Element], shape: Shape) throws {
        guard elements.count == shape.elementCount else {
            throw DeeperError(
                .invalidInput, "\(elements.count) elements given for shape \(shape), which has \(shape.elementCount)")
        }
        try self.init(Element.elementType, shape: shape) { bytes in
            elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
        }
    }

    /// Makes a tensor that uses memory of another owner in place.
    ///
    /// - Precondition: `bytes` has the byte count of the shape, at least one, starts on a 64-byte boundary and lives as
    ///   long as `owner`.
    public init(
        _ elementType: ElementType, shape: Shape, reading bytes: UnsafeRawBufferPointer,
        of owner: any AnyObject & Sendable
    ) {
        precondition(bytes.count == shape.elementCount * elementType.byteCount)
        self.init(
            elementType: elementType, shape: shape, storage: AlignedStorage(bytes, of: owner), source: nil)
    }

    /// Makes a tensor of rank 0.
    public init<Element: TensorElement>(scalar: Element) throws { try self.init([scalar], shape: []) }

    /// The size of all elements in bytes: `shape.elementCount * elementType.byteCount`.
    public var byteCount: Int { shape.elementCount * elementType.byteCount }

    /// The elements in row-major order.
    ///
    /// - Throws: `invalidInput` if `Element` is not this tensor's type; the error of a source.
    public func elements<Element: TensorElement>(as type: Element.Type = Element.self) throws -> [Element] {
        guard Element.elementType == elementType else {
            throw DeeperError(.invalidInput, "the tensor holds \(elementType), not \(Element.elementType)")
        }
        return try [Element](unsafeUninitializedCapacity: shape.elementCount) { buffer, count in
            try read(into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount]))
            count = shape.elementCount
        }
    }

    /// The elements of a tensor of any integer type or bool.
    ///
    /// - Throws: `invalidInput` for a floating-point tensor, and for an element of uint64 beyond int64.
    public func integers() throws -> [Int] {
        switch elementType {
        case .int64: try elements(as: Int64.self).map(Int.init)
        case .int32: try elements(as: Int32.self).map(Int.init)
        case .int8: try elements(as: Int8.self).map(Int.init)
        case .uint8: try elements(as: UInt8.self).map(Int.init)
        case .int16: try elements(as: Int16.self).map(Int.init)
        case .uint16: try elements(as: UInt16.self).map(Int.init)
        case .uint32: try elements(as: UInt32.self).map(Int.init)
        case .uint64:
            try elements(as: UInt64.self).map { element in
                guard let integer = Int(exactly: element) else {
                    throw DeeperError(.invalidInput, "the element \(element) is beyond the range of int64")
                }
                return integer
            }
        case .bool: try elements(as: Bool.self).map { $0 ? 1 : 0 }
        case .float32, .float64, .float16, .bfloat16:
            throw DeeperError(.invalidInput, "expected integers, the tensor holds \(elementType)")
        }
    }

    /// The elements of a tensor of any type, as float64.
    public func doubles() throws -> [Double] {
        switch elementType {
        case .float32: try withUnsafeBytes { $0.bindMemory(to: Float.self).map(Double.init) }
        case .float64: try withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
        case .float16, .bfloat16: try floats().map(Double.init)
        case .int64: try withUnsafeBytes { $0.bindMemory(to: Int64.self).map(Double.init) }
        case .int32: try withUnsafeBytes { $0.bindMemory(to: Int32.self).map(Double.init) }
        case .int8: try withUnsafeBytes { $0.bindMemory(to: Int8.self).map(Double.init) }
        case .uint8: try withUnsafeBytes { $0.bindMemory(to: UInt8.self).map(Double.init) }
        case .int16: try withUnsafeBytes { $0.bindMemory(to: Int16.self).map(Double.init) }
        case .uint16: try withUnsafeBytes { $0.bindMemory(to: UInt16.self).map(Double.init) }
        case .uint32: try withUnsafeBytes { $0.bindMemory(to: UInt32.self).map(Double.init) }
        case .uint64: try withUnsafeBytes { $0.bindMemory(to: UInt64.self).map { Double($0) } }
        case .bool: try withUnsafeBytes { $0.bindMemory(to: UInt8.self).map { $0 == 0 ? 0 : 1 } }
        }
    }

    /// Calls `body` with the elements' bytes, row-major, on a 64-byte boundary.
    ///
    /// - Throws: the error of `body` or of a source.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let storage = try loaded()
        return try withExtendedLifetime(storage) { try body(storage.bytes) }
    }

    /// A copy of the elements' bytes, row-major.
    ///
    /// - Throws: the error of a source.
    public func bytes() throws -> [UInt8] { try withUnsafeBytes { [UInt8]($0) } }

    /// Copies the elements' bytes.
    public func read(into bytes: UnsafeMutableRawBufferPointer) throws {
        if let storage {
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage.bytes[..<byteCount]))
        } else {
            try source?.read(into: bytes)
        }
    }

    /// Whether the bytes are in memory; otherwise they are read from a source.
    public var isInMemory: Bool { storage != nil }

    /// The same tensor with its bytes in memory, so that it has a fixed address.
    public func inMemory() throws -> Tensor {
        storage != nil ? self : Tensor(elementType: elementType, shape: shape, storage: try loaded(), source: nil)
    }

    private func loaded() throws -> AlignedStorage {
        if let storage { return storage }
        let fresh = try AlignedStorage(byteCount: byteCount)
        try source?.read(into: fresh.mutableBytes)
        return fresh
    }

    /// Calls `body` with the elements' bytes for writing; other copies of the tensor keep the old ones.
    public mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) throws -> Result {
        if storage?.isBorrowed ?? true || !isKnownUniquelyReferenced(&storage) {
            let fresh = try AlignedStorage(byteCount: byteCount)
            try read(into: fresh.mutableBytes)
            storage = fresh
        }
        // Non-nil: set above.
        return try body(storage!.mutableBytes)
    }

    /// The same elements with another shape.
    ///
    /// - Throws: `invalidInput` if the element counts differ.
    public func reshaped(_ shape: Shape) throws -> Tensor {
        guard shape.elementCount == self.shape.elementCount else {
            throw DeeperError(.invalidInput, "cannot view shape \(self.shape) as \(shape)")
        }
        return Tensor(elementType: elementType, shape: shape, storage: storage, source: source)
    }

    /// - Precondition: one of `storage` and `source` is given.
    init(elementType: ElementType, shape: Shape, storage: AlignedStorage?, source: (any TensorSource)?) {
        self.elementType = elementType
        self.shape = shape
        self.storage = storage
        self.source = source
    }
}
