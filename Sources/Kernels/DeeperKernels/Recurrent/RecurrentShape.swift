/// The shape of a recurrent layer: extents, cell and layout of the operands.
public struct RecurrentShape: Sendable {
    /// The kind of cell, with the gates in ONNX's order.
    public enum Cell: Sendable, Hashable {
        /// H = f(x + r).
        case plain
        /// Gates z, r, h: H = (1 - z) h + z H. With `resetsAfter`, r multiplies the product with H, not H itself.
        case gru(resetsAfter: Bool)
        /// Gates i, o, f, c: C = f C + i c, H = o h(C). With `isCoupled`, f is 1 - i.
        case lstm(isCoupled: Bool)

        public var gates: Int {
            switch self {
            case .plain: 1
            case .gru: 3
            case .lstm: 4
            }
        }

        var hasCellState: Bool { if case .lstm = self { true } else { false } }
    }

    public var cell: Cell
    public var steps: Int, images: Int
    public var inputSize: Int, hiddenSize: Int
    /// For each direction, whether it begins with the last step.
    public var isReversed: [Bool]
    /// Whether images come first: X [image, step, input], Y [image, step, direction, hidden], states [image, direction,
    /// hidden]; otherwise X [step, image, input], Y [step, direction, image, hidden], states [direction, image,
    /// hidden].
    public var isImageFirst: Bool

    public init(
        cell: Cell, steps: Int, images: Int, inputSize: Int, hiddenSize: Int, isReversed: [Bool], isImageFirst: Bool
    ) {
        precondition(inputSize > 0 && hiddenSize > 0 && !isReversed.isEmpty)
        self.cell = cell
        self.steps = steps
        self.images = images
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        self.isReversed = isReversed
        self.isImageFirst = isImageFirst
    }

    public var directions: Int { isReversed.count }
    /// The number of values that a step computes for an image, for all gates.
    public var gateSize: Int { cell.gates * hiddenSize }

    /// The distance in elements of X from one step to the next.
    var inputPitch: Int { isImageFirst ? inputSize : images * inputSize }

    func input(image: Int) -> Int { image * (isImageFirst ? steps : 1) * inputSize }

    func output(step: Int, direction: Int, image: Int) -> Int {
        isImageFirst
            ? ((image * steps + step) * directions + direction) * hiddenSize
            : ((step * directions + direction) * images + image) * hiddenSize
    }

    func state(direction: Int, image: Int) -> Int {
        (isImageFirst ? image * directions + direction : direction * images + image) * hiddenSize
    }
}

/// The parameters of a recurrent layer in ONNX's order, in which one direction's part follows the other's.
public struct RecurrentWeights: Sendable {
    /// [direction, gates hidden, input] and [direction, gates hidden, hidden].
    public var input: [Float], recurrent: [Float]
    /// [direction, 2 gates hidden]: the bias of the products with the input, then that of the products with the state.
    public var bias: [Float]?
    /// [direction, 3 hidden]: from the cell's state to the gates i, o, f.
    public var peepholes: [Float]?
    /// For each direction, the functions of the gates, then of the candidate, then of the cell's state.
    public var functions: [[CellActivation]]

    public init(
        input: [Float], recurrent: [Float], bias: [Float]?, peepholes: [Float]?, functions: [[CellActivation]]
    ) {
        self.input = input
        self.recurrent = recurrent
        self.bias = bias
        self.peepholes = peepholes
        self.functions = functions
    }
}
