internal import DeeperTensors

/// What all kernels of a plan share: who multiplies matrices and how, and the SIMD variant.
public struct KernelOptions: Sendable {
    /// Multiplies what is not packed.
    public let gemm: any GemmProvider
    /// Whether convolutions pack their filters and multiply by deeper's own kernels.
    public let packsFilters: Bool
    public let algorithm: ConvolutionAlgorithm
    public let instructionSet: InstructionSet
    /// Multiplies rows by packed filters, whatever their shape; nil: the best for each.
    public let product: ProductRoutine?
    /// Measured choices, which precede the algorithm's estimates.
    public var tuning: Tuning?
    /// Where packing is put off to; nil packs at once.
    public var preparation: Preparation?
    /// Workers that will share out a kernel's tiles: a matter of speed, never of bits.
    public var workers = 1
    /// Whether kernels count what they execute.
    public var countsOperations = false
    /// What a kernel is made for: names its packed weights. Nil if other plans may need others.
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

    /// Multiplies the rows of a convolution by its packed filters.
    func product(for shape: ConvolutionShape) -> ProductRoutine {
        if let product { return product }
        // By the rows of one image: plans for several batches share what they pack.
        let size = ProductRoutine.Size(rows: shape.window.outputPixels, columns: shape.filtersPerGroup)
        guard let best = ProductRoutine.best(.float32, size, on: instructionSet) else {
            preconditionFailure("instruction set \(instructionSet.rawValue) has no product of float32 (routines.inc)")
        }
        return best
    }

    /// For one kernel.
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
    /// - Throws: as the other initialiser.
    public init(
        _ choice: GemmChoice, algorithm: ConvolutionAlgorithm = .auto, instructionSet: InstructionSet = .best,
        product: ProductRoutine? = nil
    ) throws {
        try self.init(
            gemm: choice.provider(), packsFilters: choice.packsFilters(on: instructionSet), algorithm: algorithm,
            instructionSet: instructionSet, product: product)
    }
}
