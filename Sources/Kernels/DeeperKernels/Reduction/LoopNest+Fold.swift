extension LoopNest {
    /// Combines `initial` with the elements of operand 0, one after the other in memory order.
    @inline(__always)
    func fold<Element, Result>(
        _ x: UnsafePointer<Element>, _ initial: Result, _ combine: (Result, Element) -> Result
    ) -> Result {
        var result = initial
        let step = innerStrides[0]
        forEachRow(0..<rowCount) { offset in
            for index in 0..<innerCount { result = combine(result, x[offset[0] + index * step]) }
        }
        return result
    }
}
