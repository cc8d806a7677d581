internal import CDeeperKernels

/// A function that a recurrent cell applies to each number: `outer` f(`inner` x) + `offset`, or x above a threshold and
/// 0 elsewhere.
public struct CellActivation: Sendable, Hashable {
    public var activation: Activation
    public var clamp: ClampRange
    public var inner: Float
    public var outer: Float
    public var offset: Float
    public var threshold: Float?

    public init(
        _ activation: Activation, clamp: ClampRange = .unbounded, inner: Float = 1, outer: Float = 1, offset: Float = 0,
        threshold: Float? = nil
    ) {
        self.activation = activation
        self.clamp = clamp
        self.inner = inner
        self.outer = outer
        self.offset = offset
        self.threshold = threshold
    }
}

/// A function of a cell in the form that the loops apply.
struct CellLoop: Sendable {
    private let form: CellActivation
    private let epilogue: EpilogueValues
    private let loops: VectorLoops

    init(_ form: CellActivation, _ loops: VectorLoops) {
        self.form = form
        self.loops = loops
        epilogue = EpilogueValues(Epilogue(activation: form.activation, clamp: form.clamp), columns: 0)
    }

    /// x[i] = f(x[i]).
    func apply(_ x: UnsafeMutablePointer<Float>, count: Int) {
        if let threshold = form.threshold {
            for index in 0..<count where !(x[index] > threshold) && !x[index].isNaN { x[index] = 0 }
            return
        }
        if form.inner != 1 { for index in 0..<count { x[index] *= form.inner } }
        var own = epilogue.from(0)
        loops.table.finish(x, count, x, count, 1, count, &own)
        if form.outer != 1 || form.offset != 0 {
            for index in 0..<count { x[index] = x[index] * form.outer + form.offset }
        }
    }
}
