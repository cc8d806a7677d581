/// Copies elements that are some distances apart to row-major order. The sources need no alignment.
///
/// - Parameters:
///   - extents: those of the result, at least one and none of them 0.
///   - strides: the distances in the source along each of these axes, in elements.
///   - size: the bytes of an element: 1, 2, 4 or 8.
func copyElements(
    of source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, extents: [Int], strides: [Int],
    size: Int
) {
    switch size {
    case 1: copy(source, target, extents, strides, as: UInt8.self)
    case 2: copy(source, target, extents, strides, as: UInt16.self)
    case 4: copy(source, target, extents, strides, as: UInt32.self)
    default: copy(source, target, extents, strides, as: UInt64.self)
    }
}

private func copy<Bits: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ extents: [Int], _ strides: [Int],
    as type: Bits.Type
) {
    let elements = target.bindMemory(to: Bits.self)
    let (count, step) = (extents[extents.count - 1], strides[extents.count - 1])
    var position = [Int](repeating: 0, count: extents.count - 1)
    var (place, start) = (0, 0)
    while place < elements.count {
        for index in 0..<count {
            elements[place + index] = source.loadUnaligned(
                fromByteOffset: (start + index * step) * MemoryLayout<Bits>.size, as: type)
        }
        place += count
        for axis in position.indices.reversed() {
            position[axis] += 1
            start += strides[axis]
            if position[axis] < extents[axis] { break }
            start -= extents[axis] * strides[axis]
            position[axis] = 0
        }
    }
}
