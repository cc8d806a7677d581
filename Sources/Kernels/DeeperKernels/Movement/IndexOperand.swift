internal import DeeperTensors

/// An operand of indices, int32 or int64.
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

    /// The position along an axis for an index, which counts from the end if it is negative; nil outside the axis.
    func position(_ place: Int, extent: Int) -> Int? {
        let index = self[place]
        guard index >= -extent, index < extent else { return nil }
        return index < 0 ? index + extent : index
    }
}
