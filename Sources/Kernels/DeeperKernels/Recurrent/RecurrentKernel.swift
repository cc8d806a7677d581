internal import DeeperTensors

/// A recurrent layer: RNN, GRU or LSTM, forward, reversed or both.
///
/// The products of all steps with W are computed first, as one matrix product per image. Then the steps follow one
/// after the other; each reads R once for up to four images. A tile is some images of one direction; an element's bits
/// depend neither on tiles nor on other images.
///
/// Operands: X, then those that exist of lengths (int32), initial hidden states and initial cell states; then the first
/// `outputCount` of Y, last hidden states and last cell states. Steps of an image after its length are not computed,
/// and are zero in Y; the last states of an image of length 0 are zero, as in ONNX Runtime. A length that is negative
/// or too large is a fault.
public final class RecurrentKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public let report: KernelReport
    public let meter: OperationMeter?
    let shape: RecurrentShape
    /// The bound for the arguments of the gates' and the candidate's functions.
    let clip: Float?
    private let directions: [RecurrentDirection]
    private let operandForm: OperandForm
    private let imagesPerTile: Int
    private let groups: Int
    private let innerScratch: Int

    /// The optional operands that exist.
    public struct OperandForm: Sendable {
        public var hasLengths: Bool
        public var hasHiddenState: Bool
        public var hasCellState: Bool
        public var outputCount: Int

        public init(hasLengths: Bool, hasHiddenState: Bool, hasCellState: Bool, outputCount: Int) {
            self.hasLengths = hasLengths
            self.hasHiddenState = hasHiddenState
            self.hasCellState = hasCellState
            self.outputCount = outputCount
        }

        var hiddenState: Int { hasLengths ? 2 : 1 }
        var cellState: Int { hiddenState + (hasHiddenState ? 1 : 0) }
        var output: Int { cellState + (hasCellState ? 1 : 0) }
    }

    /// The largest number of products with W that a tile keeps, unless a single image has more.
    private static let mostFloats = 1 << 21

    /// - Throws: `limitExceeded` if memory for the weights is refused.
    public init(
        _ shape: RecurrentShape, weights: RecurrentWeights, clip: Float?, operands: OperandForm, options: KernelOptions
    ) throws {
        self.shape = shape
        self.clip = clip
        operandForm = operands
        meter = options.meter()
        let directions = try shape.isReversed.indices.map {
            try RecurrentDirection($0, of: shape, weights, options)
        }
        self.directions = directions
        let imageFloats = max(1, shape.steps) * shape.gateSize
        let share = (shape.images * shape.directions + options.workers - 1) / max(1, options.workers)
        imagesPerTile = max(1, min(4, share, RecurrentKernel.mostFloats / imageFloats))
        groups = max(1, (shape.images + imagesPerTile - 1) / imagesPerTile)
        tileCount = shape.directions * groups
        let inner = directions.map(\.scratchByteCount).max() ?? 0
        innerScratch = (inner + 63) / 64 * 64
        let floats = shape.steps * shape.gateSize + shape.gateSize + 3 * shape.hiddenSize
        scratchByteCount = 64 + innerScratch + imagesPerTile * floats * 4
        report = KernelReport(
            "recurrent", preparedByteCount: directions.reduce(0) { $0 + $1.byteCount })
    }

    /// A tile's images and its private memory: for each image the products of all its inputs, the gates of a step, the
    /// states, and a row for intermediate values.
    struct Tile {
        let images: Range<Int>
        let products: UnsafeMutablePointer<Float>
        let gates: UnsafeMutablePointer<Float>
        let hidden: UnsafeMutablePointer<Float>
        let cell: UnsafeMutablePointer<Float>
        let spare: UnsafeMutablePointer<Float>

        init(_ images: Range<Int>, _ shape: RecurrentShape, at base: UnsafeMutablePointer<Float>) {
            self.images = images
            products = base
            gates = products + images.count * shape.steps * shape.gateSize
            hidden = gates + images.count * shape.gateSize
            cell = hidden + images.count * shape.hiddenSize
            spare = cell + images.count * shape.hiddenSize
        }
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (group, index) = (tile % groups, tile / groups)
        let first = group * imagesPerTile
        let images = first..<min(first + imagesPerTile, shape.images)
        guard !images.isEmpty else { return }
        var longest = 0
        for image in images {
            let steps = length(image, operands)
            guard (0...shape.steps).contains(steps) else { return operands.report(.indexOutOfRange) }
            longest = max(longest, steps)
        }
        let direction = directions[index]
        let own = Tile(
            images, shape, at: (scratch.base + 64 + innerScratch).assumingMemoryBound(to: Float.self))
        for (row, image) in images.enumerated() {
            if longest > 0 {
                direction.multiplyInputs(
                    operands.floats(0) + shape.input(image: image),
                    into: own.products + row * shape.steps * shape.gateSize, operands,
                    table: scratch.base.assumingMemoryBound(to: UnsafeMutableRawPointer.self),
                    scratch: Scratch(scratch.base + 64))
            }
            load(
                own.hidden + row * shape.hiddenSize, operandForm.hasHiddenState, operandForm.hiddenState, index, image,
                operands)
            load(
                own.cell + row * shape.hiddenSize, operandForm.hasCellState, operandForm.cellState, index, image,
                operands)
        }
        for step in 0..<longest {
            advance(own, direction, step: step, operands)
            for (row, image) in images.enumerated() {
                guard let time = time(step, image, direction, operands) else { continue }
                let y = operands.floats(operandForm.output) + shape.output(step: time, direction: index, image: image)
                y.update(from: own.hidden + row * shape.hiddenSize, count: shape.hiddenSize)
            }
        }
        for (row, image) in images.enumerated() { finish(own, row, image, index, operands) }
        meter?.add {
            let inputs = images.count * shape.steps * shape.gateSize * shape.inputSize
            let step = images.count * shape.gateSize * shape.hiddenSize
            $0.calls += images.count + longest
            $0.macs += (longest > 0 ? inputs : 0) + longest * step
            $0.skippedMacs += (longest > 0 ? 0 : inputs) + (shape.steps - longest) * step
        }
    }

    private func length(_ image: Int, _ operands: Operands) -> Int {
        operandForm.hasLengths ? Int(operands.typed(1, as: Int32.self)[image]) : shape.steps
    }

    /// The step of X that a direction reads at its own step `step`; nil after the image's length.
    func time(_ step: Int, _ image: Int, _ direction: RecurrentDirection, _ operands: Operands) -> Int? {
        let steps = length(image, operands)
        return step >= steps ? nil : direction.isReversed ? steps - 1 - step : step
    }

    /// Loads an image's initial states.
    private func load(
        _ state: UnsafeMutablePointer<Float>, _ isGiven: Bool, _ operand: Int, _ direction: Int, _ image: Int,
        _ operands: Operands
    ) {
        if isGiven {
            let given = operands.floats(operand) + shape.state(direction: direction, image: image)
            state.update(from: given, count: shape.hiddenSize)
        } else {
            state.update(repeating: 0, count: shape.hiddenSize)
        }
    }

    /// Writes an image's last states, and zeros for the steps after its length.
    private func finish(_ tile: Tile, _ row: Int, _ image: Int, _ direction: Int, _ operands: Operands) {
        let hidden = shape.hiddenSize
        for step in length(image, operands)..<shape.steps {
            let y = operands.floats(operandForm.output) + shape.output(step: step, direction: direction, image: image)
            y.update(repeating: 0, count: hidden)
        }
        let place = shape.state(direction: direction, image: image)
        func write(_ state: UnsafePointer<Float>, to output: Int) {
            guard output < operandForm.outputCount else { return }
            let target = operands.floats(operandForm.output + output) + place
            if length(image, operands) == 0 {
                target.update(repeating: 0, count: hidden)
            } else {
                target.update(from: state + row * hidden, count: hidden)
            }
        }
        write(tile.hidden, to: 1)
        write(tile.cell, to: 2)
    }
}
