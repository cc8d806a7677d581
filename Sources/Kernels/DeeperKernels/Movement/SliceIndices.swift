/// Tuples of indices, each of which selects a slice of a row-major tensor by its positions along the leading axes.
struct SliceIndices: Sendable {
    private let extents: [Int]

    /// - Parameter extents: the extents of the axes that a tuple has indices for.
    init(extents: [Int]) { self.extents = extents }

    /// The number of slices that can be selected.
    var sliceCount: Int { extents.reduce(1, *) }

    /// The number of the slice that a tuple selects; nil if an index is outside its axis.
    func slice(_ tuple: Int, _ indices: IndexOperand) -> Int? {
        var slice = 0
        for axis in extents.indices {
            guard let position = indices.position(tuple * extents.count + axis, extent: extents[axis]) else {
                return nil
            }
            slice = slice * extents[axis] + position
        }
        return slice
    }
}
