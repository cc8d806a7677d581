internal import DeeperTensors

/// The initial values of the sums of columns, and their scales and offsets, in the form that routines read: the last
/// columns fill whole registers as well.
struct ColumnConstants: Sendable {
    private let columns: Int
    private let hasOffsets: Bool
    private let storage: AlignedStorage
    /// The number of elements after the last column.
    static let slack = 64

    /// - Throws: `limitExceeded` if memory is refused.
    init(_ epilogue: IntegerEpilogue, columns: Int) throws {
        precondition([0, columns].contains(epilogue.bias.count) && [0, columns].contains(epilogue.offsets.count))
        precondition([1, columns].contains(epilogue.scales.count))
        self.columns = columns
        hasOffsets = !epilogue.offsets.isEmpty
        storage = try AlignedStorage(byteCount: 4 * 3 * (columns + ColumnConstants.slack))
        let pitch = columns + ColumnConstants.slack
        let whole = storage.mutableBytes.bindMemory(to: Int32.self)
        for (column, value) in epilogue.bias.enumerated() { whole[column] = value }
        let real = storage.mutableBytes.bindMemory(to: Float.self)
        for column in 0..<columns {
            real[pitch + column] = epilogue.scales[epilogue.scales.count == 1 ? 0 : column]
            if hasOffsets { real[2 * pitch + column] = epilogue.offsets[column] }
        }
    }

    private func part(_ index: Int) -> UnsafeRawPointer {
        // Non-nil: a block of AlignedStorage is never empty.
        storage.bytes.baseAddress! + 4 * index * (columns + ColumnConstants.slack)
    }

    /// The initial values of the sums.
    var bias: UnsafePointer<Int32> { part(0).assumingMemoryBound(to: Int32.self) }
    /// The factors that the sums are multiplied by.
    var scales: UnsafePointer<Float> { part(1).assumingMemoryBound(to: Float.self) }
    /// The numbers that are added to the scaled sums; nil for none.
    var offsets: UnsafePointer<Float>? { hasOffsets ? part(2).assumingMemoryBound(to: Float.self) : nil }
}
