internal import DeeperTensors

/// What the sums of columns begin with and become, as routines read it: whole registers, also of the last columns.
struct ColumnConstants: Sendable {
    private let columns: Int
    private let hasOffsets: Bool
    private let storage: AlignedStorage
    /// Elements after the last column.
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
        // Non-nil: AlignedStorage never hands out an empty block.
        storage.bytes.baseAddress! + 4 * index * (columns + ColumnConstants.slack)
    }

    /// What sums begin with.
    var bias: UnsafePointer<Int32> { part(0).assumingMemoryBound(to: Int32.self) }
    /// What they are multiplied by.
    var scales: UnsafePointer<Float> { part(1).assumingMemoryBound(to: Float.self) }
    /// What is added then; nil: nothing.
    var offsets: UnsafePointer<Float>? { hasOffsets ? part(2).assumingMemoryBound(to: Float.self) : nil }
}
