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
