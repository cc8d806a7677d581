internal import CDeeperKernels

/// The shape of a fully connected layer whose weights change from run to run: rows, K inputs and N outputs. Its kernels
/// use a ``GemmProvider``.
public struct DenseShape: Sendable {
    public var rows: Int
    public var inputs: Int
    public var outputs: Int

    public init(rows: Int, inputs: Int, outputs: Int) {
        self.rows = rows
        self.inputs = inputs
        self.outputs = outputs
    }

    /// The number of blocks of a dimension that are worth a product of their own.
    static func blocks(_ extent: Int) -> Int { max(1, min(16, extent / 64)) }
}

/// Y = clamp(X W^T + bias), where W is outputs x inputs. Operands: X, W, bias if there is one, Y. Tiles are blocks of
/// outputs.
public final class DenseForwardKernel: Kernel {
    public let tileCount: Int
    public var report: KernelReport { KernelReport("GEMM", provider: gemm.name) }
    private let shape: DenseShape
    private let hasBias: Bool
    private let clamp: ClampRange
    private let gemm: any GemmProvider
    private let loops: VectorLoops

    public init(_ shape: DenseShape, hasBias: Bool, clamp: ClampRange, options: KernelOptions) {
        self.shape = shape
        self.hasBias = hasBias
        self.clamp = clamp
        self.gemm = options.gemm
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = DenseShape.blocks(shape.outputs)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let part = partition(shape.outputs, part: tile, of: tileCount)
        let target = operands.floats(hasBias ? 3 : 2) + part.lowerBound
        gemm.multiply(
            m: shape.rows, n: part.count, k: shape.inputs, a: operands.floats(0), aPitch: shape.inputs,
            aTransposed: false, b: operands.floats(1) + part.lowerBound * shape.inputs, bPitch: shape.inputs,
            bTransposed: true, c: target, cPitch: shape.outputs, adds: false)
        if hasBias || clamp != .unbounded {
            let bias = hasBias ? UnsafePointer(operands.floats(2) + part.lowerBound) : nil
            var epilogue = ck_epilogue(bias: bias, clamp: clamp)
            loops.table.finish(target, shape.outputs, target, shape.outputs, shape.rows, part.count, &epilogue)
        }
    }
}

/// dX = dY W. Operands: dY, W, dX. Tiles are blocks of inputs.
public final class DenseDataGradientKernel: Kernel {
    public let tileCount: Int
    public var report: KernelReport { KernelReport("GEMM", provider: gemm.name) }
    private let shape: DenseShape
    private let adds: Bool
    private let gemm: any GemmProvider

    /// - Parameter adds: whether the gradient is added to the contents of dX.
    public init(_ shape: DenseShape, adds: Bool, options: KernelOptions) {
        self.shape = shape
        self.adds = adds
        self.gemm = options.gemm
        self.tileCount = DenseShape.blocks(shape.inputs)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let part = partition(shape.inputs, part: tile, of: tileCount)
        gemm.multiply(
            m: shape.rows, n: part.count, k: shape.outputs, a: operands.floats(0), aPitch: shape.outputs,
            aTransposed: false, b: operands.floats(1) + part.lowerBound, bPitch: shape.inputs, bTransposed: false,
            c: operands.floats(2) + part.lowerBound, cPitch: shape.inputs, adds: adds)
    }
}

/// dW = dY^T X. Operands: X, dY, dW. Tiles are blocks of outputs.
public final class DenseWeightGradientKernel: Kernel {
    public let tileCount: Int
    public var report: KernelReport { KernelReport("GEMM", provider: gemm.name) }
    private let shape: DenseShape
    private let gemm: any GemmProvider

    public init(_ shape: DenseShape, options: KernelOptions) {
        self.shape = shape
        self.gemm = options.gemm
        self.tileCount = DenseShape.blocks(shape.outputs)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let part = partition(shape.outputs, part: tile, of: tileCount)
        gemm.multiply(
            m: part.count, n: shape.inputs, k: shape.rows, a: operands.floats(1) + part.lowerBound,
            aPitch: shape.outputs, aTransposed: true, b: operands.floats(0), bPitch: shape.inputs, bTransposed: false,
            c: operands.floats(2) + part.lowerBound * shape.inputs, cPitch: shape.inputs, adds: false)
    }
}
