import DeeperKernels
import DeeperTensors

/// A stack of matrix products over the last two axes of both operands; the other axes are broadcast. An operand of rank
/// 1 is treated as one row, or one column, and the result does not have that axis.
struct StackedProduct: Sendable {
    let m: Int, n: Int, k: Int
    private let aStack: DeeperTensors.Shape, bStack: DeeperTensors.Shape, stack: DeeperTensors.Shape
    private let aTransposed: Bool, bTransposed: Bool
    /// The result's shape.
    let output: DeeperTensors.Shape

    /// - Parameter aTransposed, bTransposed: whether the last two axes are exchanged, for operands of rank 2 and above.
    /// - Throws: `invalidModel` if the shapes do not fit each other; `limitExceeded` for absurd extents.
    init(
        _ a: DeeperTensors.Shape, _ b: DeeperTensors.Shape, aTransposed: Bool = false, bTransposed: Bool = false
    ) throws {
        guard a.rank > 0, b.rank > 0 else { throw DeeperError(.invalidModel, "an operand is a scalar: \(a) and \(b)") }
        let (isRow, isColumn) = (a.rank == 1, b.rank == 1)
        self.aTransposed = aTransposed && !isRow
        self.bTransposed = bTransposed && !isColumn
        var left = Array((isRow ? [1] + a.dimensions : a.dimensions).suffix(2))
        var right = Array((isColumn ? b.dimensions + [1] : b.dimensions).suffix(2))
        if self.aTransposed { left.swapAt(0, 1) }
        if self.bTransposed { right.swapAt(0, 1) }
        guard left[1] == right[0] else {
            throw DeeperError(
                .invalidModel,
                "\(a)\(self.aTransposed ? "'" : "") times \(b)\(self.bTransposed ? "'" : ""): inner extents differ")
        }
        (m, k, n) = (left[0], left[1], right[1])
        guard max(m, n, k) <= Int32.max else {
            throw DeeperError(.limitExceeded, "\(a) times \(b): extents beyond 2^31 are not supported")
        }
        aStack = DeeperTensors.Shape(Array(a.dimensions.dropLast(2)))
        bStack = DeeperTensors.Shape(Array(b.dimensions.dropLast(2)))
        stack = try broadcastShape([aStack, bStack])
        output = try DeeperTensors.Shape(
            validating: stack.dimensions + (isRow ? [] : [m]) + (isColumn ? [] : [n]))
    }

    /// The products of inputs 0 and 1, times `alpha`, with an ending.
    ///
    /// - Parameter bias: a row, or one number, that is added to the products if input 1 is known.
    func lower(
        _ request: LoweringRequest, alpha: Float = 1, bias: [Float]? = nil, ending: Ending = .none
    ) throws -> Lowering {
        if bStack.elementCount == 1, !aTransposed, let weights = request.value(1) {
            let row = bias.map { $0.count == n ? $0 : Array(repeating: $0[0], count: n) }
            let factors = alpha == 1 ? nil : [Float](repeating: alpha, count: n)
            let kernel = try denseKernel(
                rows: stack.elementCount * m, k: k, n: n, weights: Weights(weights), transposed: bTransposed,
                epilogue: Epilogue(scale: factors, bias: row, ending: ending), options: request.options)
            return .kernel(kernel, inputs: [0])
        }
        let kernel = matMulKernel(
            m: m, n: n, k: k, aOffsets: offsets.a, bOffsets: offsets.b,
            aTransposed: aTransposed, bTransposed: bTransposed, alpha: alpha, ending: ending, options: request.options)
        return .kernel(kernel, inputs: [0, 1])
    }

    /// The number of products.
    var count: Int { stack.elementCount }
    var hasOneB: Bool { bStack.elementCount == 1 }

    /// The offsets of the first elements of each product's operands.
    var offsets: (a: [Int], b: [Int]) { (offsets(aStack, m * k), offsets(bStack, k * n)) }

    private func offsets(_ own: DeeperTensors.Shape, _ count: Int) -> [Int] {
        let strides = TensorDescriptor(TensorType(.float32, own)).strides(broadcastTo: stack)
        let steps = stack.rowMajorStrides
        return (0..<stack.elementCount).map { index in
            strides.indices.reduce(0) { $0 + index / steps[$1] % stack[$1] * strides[$1] } * count
        }
    }
}
