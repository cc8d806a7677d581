import DeeperGraphs
import DeeperTensors

/// The constants of a TFLite file as tensors: their bytes are read when they are needed, with the axes in the order
/// that ONNX's operators take.
struct TFLiteConstants {
    /// What reads a part of the file later.
    let source: @Sendable (Range<Int>) -> any TensorSource
    /// How many elements a sparse constant may have for each byte that is stored.
    private static let mostElementsPerByte = 64

    /// The bytes of a constant, as they are stored in the file.
    ///
    /// - Throws: `invalidModel` if the file does not hold as many bytes as the type and the extents take.
    func bytes(of tensor: TFLiteTensor) throws -> any TensorSource {
        let (type, shape) = (try tensor.elementType(), try Shape(validating: tensor.extents))
        guard shape.elementCount * type.byteCount == tensor.bytes.count else {
            throw DeeperError(
                .invalidModel,
                "the constant \(tensor.name.quotedForMessage), \(type)\(shape), has \(tensor.bytes.count) bytes")
        }
        return source(tensor.bytes)
    }

    /// The bytes of a sparse constant with its zeros, which are held in memory.
    func denseBytes(of tensor: TFLiteTensor, _ sparsity: TFLiteSparsity) throws -> any TensorSource {
        let shape = try Shape(validating: tensor.extents)
        guard shape.elementCount / TFLiteConstants.mostElementsPerByte <= tensor.bytes.count else {
            throw DeeperError(
                .limitExceeded,
                "the sparse constant \(tensor.name.quotedForMessage) has \(shape.elementCount) elements, but only "
                    + "\(tensor.bytes.count) bytes")
        }
        var stored = [UInt8](repeating: 0, count: tensor.bytes.count)
        try stored.withUnsafeMutableBytes { try source(tensor.bytes).read(into: $0) }
        return BytesSource(try sparsity.dense(stored, shape, try tensor.elementType().byteCount))
    }

    /// A tensor of these bytes with its axes in another order.
    ///
    /// - Parameters:
    ///   - extents: the extents of the bytes.
    ///   - axes: the order of axes; nil keeps it.
    func tensor(
        _ type: ElementType, _ bytes: any TensorSource, extents: [Int], axes: [Int]? = nil
    ) throws -> Tensor {
        let shape = try Shape(validating: extents)
        guard let axes, axes != Array(axes.indices) else { return try Tensor(type, shape: shape, source: bytes) }
        return try Tensor(
            type, shape: Shape(axes.map { extents[$0] }), source: TransposedSource(bytes, shape, type.byteCount, axes))
    }
}

/// Bytes in memory.
final class BytesSource: TensorSource {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// A part of bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>) { self.bytes = bytes[range] }

    func read(into target: UnsafeMutableRawBufferPointer) { target.copyBytes(from: bytes) }
}

/// The elements of a float16 tensor as float32.
final class SingleSource: TensorSource {
    private let halves: Tensor

    init(_ halves: Tensor) { self.halves = halves }

    func read(into target: UnsafeMutableRawBufferPointer) throws {
        try halves.floats().withUnsafeBytes { target.copyMemory(from: $0) }
    }
}

/// The bytes of another source with the axes in another order.
private final class TransposedSource: TensorSource {
    private let source: any TensorSource
    private let byteCount: Int
    private let elementSize: Int
    /// The extents in the new order, and the distances in the source, in elements.
    private let extents: [Int]
    private let strides: [Int]

    init(_ source: any TensorSource, _ shape: Shape, _ elementSize: Int, _ axes: [Int]) {
        self.source = source
        self.elementSize = elementSize
        byteCount = shape.elementCount * elementSize
        extents = axes.map { shape[$0] }
        strides = axes.map { shape.rowMajorStrides[$0] }
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws {
        guard byteCount > 0 else { return }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
        defer { bytes.deallocate() }
        try source.read(into: bytes)
        switch elementSize {
        case 1: copy(UnsafeRawBufferPointer(bytes), target, as: UInt8.self)
        case 2: copy(UnsafeRawBufferPointer(bytes), target, as: UInt16.self)
        case 4: copy(UnsafeRawBufferPointer(bytes), target, as: UInt32.self)
        default: copy(UnsafeRawBufferPointer(bytes), target, as: UInt64.self)
        }
    }

    private func copy<Element: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, as type: Element.Type
    ) {
        let elements = bytes.bindMemory(to: Element.self)
        let results = target.bindMemory(to: Element.self)
        let (count, step) = (extents[extents.count - 1], strides[extents.count - 1])
        var position = [Int](repeating: 0, count: extents.count - 1)
        var (place, start) = (0, 0)
        while place < results.count {
            for index in 0..<count { results[place + index] = elements[start + index * step] }
            place += count
            for axis in position.indices.reversed() {
                position[axis] += 1
                start += strides[axis]
                if position[axis] < extents[axis] { break }
                start -= position[axis] * strides[axis]
                position[axis] = 0
            }
        }
    }
}
