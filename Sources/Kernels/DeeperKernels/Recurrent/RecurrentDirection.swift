internal import CDeeperKernels
internal import DeeperTensors

/// One direction of a recurrent layer, prepared for running, with its weights in the order in which they are read.
struct RecurrentDirection: Sendable {
    let isReversed: Bool
    let functions: [CellLoop]
    let peepholes: [Float]?
    /// R' as [hidden][gates].
    let recurrent: [Float]
    /// The bias that is added to the products with the state, for cells where it cannot be added to those with the
    /// input.
    let recurrentBias: EpilogueValues?
    let scratchByteCount: Int
    private let shape: RecurrentShape
    private let product: Product
    private let loops: VectorLoops

    /// The form in which the inputs of all steps are multiplied by W'.
    private enum Product: Sendable {
        case packed(PackedConvolutionKernel)
        /// W' as [input][gates], and the bias.
        case rows([Float], EpilogueValues)
    }

    /// - Throws: `limitExceeded` if memory for the weights is refused.
    init(_ index: Int, of shape: RecurrentShape, _ weights: RecurrentWeights, _ options: KernelOptions) throws {
        self.shape = shape
        loops = VectorLoops(options.instructionSet)
        isReversed = shape.isReversed[index]
        functions = weights.functions[index].map { [loops] in CellLoop($0, loops) }
        let (gates, hidden, inputs) = (shape.gateSize, shape.hiddenSize, shape.inputSize)
        func part(_ values: [Float], _ count: Int) -> [Float] { Array(values[index * count..<(index + 1) * count]) }
        peepholes = weights.peepholes.map { part($0, 3 * hidden) }
        recurrent = transposed(part(weights.recurrent, gates * hidden), rows: gates, columns: hidden)
        var bias = weights.bias.map { Array(part($0, 2 * gates)[..<gates]) } ?? Array(repeating: 0, count: gates)
        let other = weights.bias.map { Array(part($0, 2 * gates)[gates...]) } ?? Array(repeating: 0, count: gates)
        // The candidate's own bias is multiplied by the gate r.
        let isSplit = shape.cell == .gru(resetsAfter: true)
        let shared = isSplit ? 2 * hidden : gates
        for gate in 0..<shared { bias[gate] += other[gate] }
        recurrentBias =
            isSplit
            ? EpilogueValues(
                Epilogue(bias: Array(repeating: 0, count: shared) + other[shared...]), columns: gates) : nil
        let own = part(weights.input, gates * inputs)
        guard options.packsFilters, shape.steps > 0 else {
            product = .rows(
                transposed(own, rows: gates, columns: inputs), EpilogueValues(Epilogue(bias: bias), columns: gates))
            scratchByteCount = 0
            return
        }
        // A 1x1 convolution of a picture with a single line, whose pixels are the steps.
        let line = WindowGeometry(
            input: [1, shape.steps], output: [1, shape.steps], kernel: [1, 1], stride: [1, 1], dilation: [1, 1],
            padBefore: [0, 0])
        var options = options
        // A single worker computes an image, and the recurrent kernel itself counts operations.
        options.workers = 1
        options.countsOperations = false
        options.step = options.step.map { "\($0) direction \(index)" }
        let kernel = try PackedConvolutionKernel(
            ConvolutionShape(
                window: line, images: 1, inputChannels: inputs, outputChannels: gates, groups: 1,
                inputPitch: shape.inputPitch, outputs: [.init(channels: gates, pitch: gates)]),
            weights: Weights(own), epilogue: Epilogue(bias: bias), options: options)
        product = .packed(kernel)
        scratchByteCount = kernel.scratchByteCount
    }

    var byteCount: Int {
        let own = recurrent.count * 4 + (peepholes?.count ?? 0) * 4
        switch product {
        case .packed(let kernel): return own + kernel.report.preparedByteCount
        case .rows(let weights, let bias): return own + weights.count * 4 + bias.byteCount
        }
    }

    /// target[step][gate] = X[step] W' + bias for all steps of an image.
    ///
    /// - Parameters:
    ///   - table: space for two addresses.
    ///   - scratch: `scratchByteCount` bytes on a 64-byte boundary.
    func multiplyInputs(
        _ x: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, _ operands: Operands,
        table: UnsafeMutablePointer<UnsafeMutableRawPointer>, scratch: Scratch
    ) {
        switch product {
        case .packed(let kernel):
            table.initialize(to: UnsafeMutableRawPointer(x))
            (table + 1).initialize(to: UnsafeMutableRawPointer(target))
            let own = operands.readdressed(UnsafePointer(table))
            for tile in 0..<kernel.tileCount { kernel.run(tile: tile, operands: own, scratch: scratch) }
        case .rows(let weights, let bias):
            var epilogue = bias.from(0)
            weights.withUnsafeBufferPointer { weights in
                loops.table.dense(
                    target, shape.gateSize, x, shape.inputPitch, shape.steps, weights.baseAddress, shape.gateSize,
                    shape.inputSize, shape.gateSize, &epilogue)
            }
        }
    }

    /// target[row][gate] = states[row] R' (+ bias) for the gates in a range; rows of the target have all gates.
    func multiplyStates(
        _ states: UnsafePointer<Float>, rows: Int, gates: Range<Int>, into target: UnsafeMutablePointer<Float>
    ) {
        var epilogue = recurrentBias?.from(gates.lowerBound) ?? ck_epilogue(clamp: .unbounded)
        recurrent.withUnsafeBufferPointer { weights in
            loops.table.dense(
                target + gates.lowerBound, shape.gateSize, states, shape.hiddenSize, rows,
                weights.baseAddress.map { $0 + gates.lowerBound }, shape.gateSize, shape.hiddenSize, gates.count,
                &epilogue)
        }
    }
}
