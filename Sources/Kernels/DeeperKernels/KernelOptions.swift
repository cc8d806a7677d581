internal import DeeperTensors

/// The options that all kernels of a plan share: how matrices are multiplied, and the instruction set.
public struct KernelOptions: Sendable {
    /// The provider of products that are not packed.
    public let gemm: any GemmProvider
    /// Whether convolutions and matrix products use packed matrices and deeper's own kernels.
    public let packsFilters: Bool
    public let algorithm: ConvolutionAlgorithm
    public let instructionSet: InstructionSet
    /// The routine for all packed products, whatever their shape; nil: the best for each.
    public let product: ProductRoutine?
    /// Measured choices, which take precedence over the algorithm's estimates.
    public var tuning: Tuning?
    /// Where packing is deferred to; nil packs immediately.
    public var preparation: Preparation?
    /// The number of workers that will divide a kernel's tiles among themselves; it affects the speed, not the bits.
    public var workers = 1
    /// Whether kernels count the operations that they execute.
    public var countsOperations = false
    /// The node that a kernel is made for, as the name of its packed weights. Nil if other plans may need different
    /// weights.
    public var step: String?

    /// Packs weights now or later, unless they are packed already.
    func pack<Element: TensorElement>(
        _ weights: Weights<Element>, _ job: @escaping @Sendable (UnsafePointer<Element>) -> Void
    ) throws {
        guard let preparation else {
            return try FloatingPointMode.during {
                var buffer = WeightBuffer()
                try weights.read(by: &buffer, job)
            }
        }
        preparation.add(byteCount: weights.count * Element.elementType.byteCount) { try weights.read(by: &$0, job) }
    }

    /// The routine that multiplies the rows of a convolution with its packed filters.
    func product(for shape: ConvolutionShape) -> ProductRoutine {
        if let product { return product }
        // It depends on the rows of one image only, so that plans for several batches share packed weights.
        let size = ProductRoutine.Size(rows: shape.window.outputPixels, columns: shape.filtersPerGroup)
        guard let best = ProductRoutine.best(.float32, size, on: instructionSet) else {
            preconditionFailure("instruction set \(instructionSet.rawValue) has no product of float32 (routines.inc)")
        }
        return best
    }

    /// Makes the meter of one kernel, if operations are counted.
    func meter() -> OperationMeter? { countsOperations ? OperationMeter() : nil }

    /// - Parameter product: a routine of the instruction set; nil: the best for each shape.
    /// - Throws: `unsupported` if this CPU lacks `instructionSet`; `invalidInput` for Winograd without packed filters.
    public init(
        gemm: any GemmProvider, packsFilters: Bool = false, algorithm: ConvolutionAlgorithm = .auto,
        instructionSet: InstructionSet = .best, product: ProductRoutine? = nil
    ) throws {
        guard InstructionSet.available.contains(instructionSet) else {
            let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
            throw DeeperError(
                .unsupported, "instruction set \(instructionSet.rawValue) is not available here; available: \(names)")
        }
        guard packsFilters || algorithm != .winograd else {
            throw DeeperError(
                .invalidInput, "Winograd convolutions need packed filters; \(gemm.name) multiplies whole matrices")
        }
        precondition(product == nil || product?.instructionSet == instructionSet)
        self.gemm = gemm
        self.packsFilters = packsFilters
        self.algorithm = algorithm
        self.instructionSet = instructionSet
        self.product = product
    }
}

extension KernelOptions {
    /// - Throws: the errors of the other initialiser.
    public init(
        _ choice: GemmChoice, algorithm: ConvolutionAlgorithm = .auto, instructionSet: InstructionSet = .best,
        product: ProductRoutine? = nil
    ) throws {
        try self.init(
            gemm: choice.provider(), packsFilters: choice.packsFilters(on: instructionSet), algorithm: algorithm,
            instructionSet: instructionSet, product: product)
    }
}
