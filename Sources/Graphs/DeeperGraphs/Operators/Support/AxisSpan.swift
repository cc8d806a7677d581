import DeeperTensors

/// A row-major tensor seen along one axis: elements before it, along it and behind it.
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
