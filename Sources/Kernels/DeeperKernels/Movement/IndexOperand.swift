internal import DeeperTensors

/// Indices that a kernel reads, int32 or int64.
struct IndexOperand {
    private let address: UnsafeRawPointer
    private let isWide: Bool

    init(_ address: UnsafeRawPointer, _ type: ElementType) {
        self.address = address
        self.isWide = type == .int64
    }

    subscript(place: Int) -> Int {
        isWide
            ? Int(address.assumingMemoryBound(to: Int64.self)[place])
            : Int(address.assumingMemoryBound(to: Int32.self)[place])
    }

    /// The position along an axis that an index stands for, negative ones counted from the end; nil outside the axis.
    func position(_ place: Int, extent: Int) -> Int? {
        let index = self[place]
        guard index >= -extent, index < extent else { return nil }
        return index < 0 ? index + extent : index
    }
}
