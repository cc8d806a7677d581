import DeeperKernels
import DeeperTensors

/// The common part of RNN, GRU and LSTM. Inputs: X [steps, N, input], W [directions, gates hidden, input], R
/// [directions, gates hidden, hidden], B [directions, 2 gates hidden], lengths [N] and initial states [directions, N,
/// hidden]. Outputs: Y [steps, directions, N, hidden] and the last states. With layout = 1, N comes first.
///
/// Weights must be known when a plan is prepared.
struct RecurrentForm: Sendable {
    private let cell: RecurrentShape.Cell
    private let direction: Direction
    private let hiddenSize: Int?
    private let isImageFirst: Bool
    private let functions: [[CellActivation]]
    private let clip: Float?

    private enum Direction: String, CaseIterable {
        case forward, reverse, bidirectional

        var isReversed: [Bool] {
            switch self {
            case .forward: [false]
            case .reverse: [true]
            case .bidirectional: [false, true]
            }
        }
    }

    /// - Parameter functions: the default activations of one direction.
    init(_ attributes: inout AttributeReader, cell: RecurrentShape.Cell, functions: [String]) throws {
        self.cell = cell
        direction = try attributes.choice("direction", default: .forward)
        hiddenSize = try attributes.int("hidden_size")
        isImageFirst = attributes.opset >= 14 ? try attributes.flag("layout") : false
        // The node itself tells which outputs there are.
        if attributes.opset < 7 { attributes.ignore("output_sequence") }
        clip = try attributes.float("clip")
        guard clip.map({ $0 > 0 }) ?? true else {
            throw DeeperError(.invalidModel, "attribute clip is \(clip ?? 0), expected more than 0")
        }
        let count = direction.isReversed.count
        let names = try attributes.strings("activations") ?? Array(repeating: functions, count: count).flatMap { $0 }
        guard names.count == count * functions.count else {
            throw DeeperError(.invalidModel, "\(names.count) activations, expected \(count * functions.count)")
        }
        var parameters = CellParameters(
            alphas: try attributes.floats("activation_alpha") ?? [],
            betas: try attributes.floats("activation_beta") ?? [])
        let all = try names.map { try CellActivation($0, &parameters) }
        self.functions = (0..<count).map { Array(all[$0 * functions.count..<($0 + 1) * functions.count]) }
    }

    var summary: String { direction == .forward ? "" : direction.rawValue }

    /// - Throws: `invalidModel` if X, W and R do not fit each other.
    private func shape(
        _ x: DeeperTensors.Shape, _ w: DeeperTensors.Shape, _ r: DeeperTensors.Shape
    ) throws -> RecurrentShape {
        guard x.rank == 3, w.rank == 3, r.rank == 3 else {
            throw DeeperError(.invalidModel, "X, W and R have shapes \(x), \(w) and \(r), expected rank 3")
        }
        let (hidden, inputs) = (hiddenSize ?? r[2], x[2])
        let directions = direction.isReversed.count
        let rows = saturatingProduct(cell.gates, hidden)
        guard hidden > 0, inputs > 0, w.dimensions == [directions, rows, inputs],
            r.dimensions == [directions, rows, hidden]
        else {
            throw DeeperError(
                .invalidModel,
                "X, W and R have shapes \(x), \(w) and \(r), expected \(directions) directions of \(rows) gates, "
                    + "\(inputs) inputs and \(hidden) states")
        }
        guard max(rows, inputs) <= Int32.max else {
            throw DeeperError(.limitExceeded, "W has shape \(w): extents beyond 2^31 are not supported")
        }
        return RecurrentShape(
            cell: cell, steps: x[isImageFirst ? 1 : 0], images: x[isImageFirst ? 0 : 1], inputSize: inputs,
            hiddenSize: hidden, isReversed: direction.isReversed, isImageFirst: isImageFirst)
    }

    /// The types of Y and of the last states.
    ///
    /// - Parameter states: the number of states of a cell; their initial values are the inputs from 5 on.
    func infer(_ inputs: NodeInputs, states: Int) throws -> [TensorType] {
        let shape = try shape(inputs.shape(0, .float32), inputs.shape(1, .float32), inputs.shape(2, .float32))
        let (n, directions, hidden) = (shape.images, shape.directions, shape.hiddenSize)
        let state = isImageFirst ? [n, directions, hidden] : [directions, n, hidden]
        func check(_ index: Int, _ expected: [Int], _ type: ElementType = .float32) throws {
            guard inputs.has(index) else { return }
            let own = try inputs.shape(index, type)
            guard own.dimensions == expected else {
                throw DeeperError(.invalidModel, "input \(index) has shape \(own), expected \(expected)")
            }
        }
        try check(3, [directions, 2 * shape.gateSize])
        try check(4, [n], .int32)
        for index in 5..<5 + states { try check(index, state) }
        if states > 1 { try check(7, [directions, 3 * hidden]) }
        let y = isImageFirst ? [n, shape.steps, directions, hidden] : [shape.steps, directions, n, hidden]
        return try ([y] + Array(repeating: state, count: states)).map {
            TensorType(.float32, try DeeperTensors.Shape(validating: $0))
        }
    }

    /// For every step, the products of input and state with the gates' weights. For each gate of each state, 5 further
    /// operations: sums, a function and the cell's own arithmetic.
    func operations(_ inputs: [TensorType?]) -> OperationCount {
        guard let x = inputs[0]?.shape, let w = inputs[1]?.shape, let r = inputs[2]?.shape,
            let shape = try? shape(x, w, r)
        else { return OperationCount() }
        let gates = saturatingProduct(shape.images, shape.directions, shape.steps, shape.gateSize)
        return OperationCount(
            macs: saturatingProduct(gates, saturatingSum([shape.inputSize, shape.hiddenSize])),
            sums: saturatingProduct(gates, 2), bias: inputs.count > 3 && inputs[3] != nil ? gates : 0,
            activation: gates, elementwise: saturatingProduct(4, gates))
    }

    func lower(_ request: LoweringRequest, states: Int) throws -> Lowering {
        let shape = try shape(request.input(0).shape, request.input(1).shape, request.input(2).shape)
        let weights = RecurrentWeights(
            input: try request.knownValue(1).elements(), recurrent: try request.knownValue(2).elements(),
            bias: try request.knownFloats(3), peepholes: states > 1 ? try request.knownFloats(7) : nil,
            functions: functions)
        let form = RecurrentKernel.OperandForm(
            hasLengths: request.hasInput(4), hasHiddenState: request.hasInput(5),
            hasCellState: states > 1 && request.hasInput(6), outputCount: request.outputs.count)
        let kernel = try RecurrentKernel(
            shape, weights: weights, clip: clip, operands: form, options: request.options)
        return .kernel(kernel, inputs: [0] + (4..<5 + states).filter { request.hasInput($0) })
    }
}
