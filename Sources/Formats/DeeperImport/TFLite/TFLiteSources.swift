import DeeperTensors

/// The elements of a float16 tensor as float32.
final class SingleSource: TensorSource {
    private let halves: Tensor

    init(_ halves: Tensor) { self.halves = halves }

    func read(into target: UnsafeMutableRawBufferPointer) throws {
        try halves.floats().withUnsafeBytes { target.copyMemory(from: $0) }
    }
}

/// The bytes of another source with the axes in another order.
final class TransposedSource: TensorSource {
    private let source: any TensorSource
    private let shape: Shape
    private let elementSize: Int
    private let axes: [Int]

    /// - Parameters:
    ///   - shape: that of the source.
    ///   - axes: the axis of the source at each axis of the result.
    init(_ source: any TensorSource, _ shape: Shape, _ elementSize: Int, _ axes: [Int]) {
        (self.source, self.shape, self.elementSize, self.axes) = (source, shape, elementSize, axes)
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws {
        guard !shape.isEmpty else { return }
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: shape.elementCount * elementSize, alignment: 64)
        defer { bytes.deallocate() }
        try source.read(into: bytes)
        let strides = shape.rowMajorStrides
        copyElements(
            of: UnsafeRawBufferPointer(bytes), to: target, extents: axes.map { shape[$0] },
            strides: axes.map { strides[$0] }, size: elementSize)
    }
}
