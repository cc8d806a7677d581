import DeeperTensors

/// The extents of a row-major tensor around one axis: the elements before, along and after it.
struct AxisSpan {
    let outer: Int
    let length: Int
    let inner: Int

    init(_ shape: DeeperTensors.Shape, axis: Int) {
        outer = shape.dimensions[..<axis].reduce(1, *)
        length = shape[axis]
        inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    }

    /// All axes from `axis` on as one.
    init(_ shape: DeeperTensors.Shape, fromAxis axis: Int) {
        outer = shape.dimensions[..<axis].reduce(1, *)
        length = shape.dimensions[axis...].reduce(1, *)
        inner = 1
    }
}
