/// A kernel whose memory traffic differs from the bytes of its operands: it may not read all of them, or it reads
/// tables of its own that determine what to read. Only profiles use this information.
public protocol SelectiveKernel: Kernel {
    /// An upper bound for the bytes of operand `index` that one run reads, including the cache lines around scattered
    /// elements; nil if it reads all of them. It may be more than the operand has.
    func touchedByteCount(ofOperand index: Int) -> Int?
    /// The bytes of the kernel's own tables.
    var tableByteCount: Int { get }
}

extension SelectiveKernel {
    public var tableByteCount: Int { 0 }
}

/// The bytes that a traversal of a box of elements touches. Gaps of less than a cache line count as touched.
///
/// - Parameters:
///   - extents: the number of elements along each axis.
///   - strides: the strides in elements along each axis; 0 repeats an element, which counts once.
func touchedByteCount(extents: [Int], strides: [Int], elementBytes: Int) -> Int {
    let lineBytes = 64
    if extents.contains(0) { return 0 }
    var runBytes = elementBytes
    var runs = 1
    let axes = zip(extents, strides.map(abs)).filter { $0.0 > 1 && $0.1 > 0 }.sorted { $0.1 < $1.1 }
    for (extent, stride) in axes {
        if runs == 1, stride * elementBytes <= max(runBytes, lineBytes) {
            runBytes += (extent - 1) * stride * elementBytes
        } else {
            runs *= extent
        }
    }
    return runs == 1 ? runBytes : runs * max(runBytes, lineBytes)
}
