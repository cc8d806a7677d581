/// A kernel whose traffic is not the bytes of its operands alone: it need not read all of them, or reads tables of its
/// own that say what to read. Only profiles ask for it.
public protocol SelectiveKernel: Kernel {
    /// The most bytes of operand `index` that one run reads, lines of the cache around scattered elements included; nil
    /// if it reads all of them. May be more than the operand has.
    func touchedByteCount(ofOperand index: Int) -> Int?
    /// Bytes of the kernel's own tables.
    var tableByteCount: Int { get }
}

extension SelectiveKernel {
    public var tableByteCount: Int { 0 }
}

/// Bytes that a walk over a box of elements touches. Gaps of less than a line of the cache are touched too.
///
/// - Parameters:
///   - extents: elements along each axis.
///   - strides: elements from one to the next along each axis; 0 repeats an element, which is touched once.
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
