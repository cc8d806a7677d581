import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct RecurrentTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var cell: RecurrentShape.Cell
        var steps = 5
        var images = 3
        var isReversed = [false]
        var isImageFirst = false
        var lengths: [Int32]?
        var hasStates = false
        var hasBias = true
        var hasPeepholes = false
        var clip: Float?
        var functions: [CellActivation]?

        var testDescription: String {
            "\(cell), \(images) images, \(isReversed.count == 2 ? "both" : isReversed[0] ? "reversed" : "forward")"
        }
    }

    private static let (inputSize, hiddenSize) = (3, 5)

    /// Operands of a problem, and its answer in float64.
    private struct Reference {
        var x: [Float] = [], hidden: [Float] = [], cell: [Float] = []
        var weights = RecurrentWeights(input: [], recurrent: [], bias: nil, peepholes: nil, functions: [])
        var y: [Double] = [], lastHidden: [Double] = [], lastCell: [Double] = []
    }

    private func value(_ form: CellActivation, _ x: Double) -> Double {
        if let threshold = form.threshold { return x > Double(threshold) ? x : 0 }
        let inner = Double(form.inner) * x
        let result =
            switch form.activation {
            case .sigmoid: 1 / (1 + exp(-inner))
            case .tanh: tanh(inner)
            default: max(Double(form.clamp.lower), inner)
            }
        return result * Double(form.outer) + Double(form.offset)
    }

    /// The equations of ONNX's documentation, one number at a time.
    private func reference(_ problem: Problem) -> Reference {
        let (inputs, hidden) = (RecurrentTests.inputSize, RecurrentTests.hiddenSize)
        let (directions, gates) = (problem.isReversed.count, problem.cell.gates * hidden)
        var generator = SeededGenerator(seed: 41)
        var result = Reference()
        result.x = generator.floats(problem.steps * problem.images * inputs)
        let stateCount = directions * problem.images * hidden
        result.hidden = problem.hasStates ? generator.floats(stateCount) : Array(repeating: 0, count: stateCount)
        result.cell = problem.hasStates ? generator.floats(stateCount) : Array(repeating: 0, count: stateCount)
        let defaults = [CellActivation(.sigmoid), CellActivation(.tanh), CellActivation(.tanh)]
        let functions = problem.functions ?? (problem.cell == .plain ? [defaults[1]] : defaults)
        result.weights = RecurrentWeights(
            input: generator.floats(directions * gates * inputs),
            recurrent: generator.floats(directions * gates * hidden),
            bias: problem.hasBias ? generator.floats(directions * 2 * gates) : nil,
            peepholes: problem.hasPeepholes ? generator.floats(directions * 3 * hidden) : nil,
            functions: Array(repeating: functions, count: directions))
        result.y = Array(repeating: 0, count: problem.steps * stateCount)
        (result.lastHidden, result.lastCell) = (
            Array(repeating: 0, count: stateCount), Array(repeating: 0, count: stateCount)
        )
        for direction in 0..<directions {
            for image in 0..<problem.images {
                run(problem, functions, direction, image, &result)
            }
        }
        return result
    }

    private func run(
        _ problem: Problem, _ functions: [CellActivation], _ direction: Int, _ image: Int, _ result: inout Reference
    ) {
        let (inputs, hidden) = (RecurrentTests.inputSize, RecurrentTests.hiddenSize)
        let (directions, gates) = (problem.isReversed.count, problem.cell.gates * hidden)
        let weights = result.weights
        let length = problem.lengths.map { Int($0[image]) } ?? problem.steps
        let place =
            (problem.isImageFirst ? image * directions + direction : direction * problem.images + image) * hidden
        var state = (0..<hidden).map { Double(result.hidden[place + $0]) }
        var cell = (0..<hidden).map { Double(result.cell[place + $0]) }
        func clipped(_ x: Double) -> Double {
            problem.clip.map { min(max(x, -Double($0)), Double($0)) } ?? x
        }
        func bias(_ gate: Int, ofStates: Bool) -> Double {
            Double(weights.bias?[direction * 2 * gates + (ofStates ? gates : 0) + gate] ?? 0)
        }
        func peephole(_ number: Int, _ index: Int) -> Double {
            Double(weights.peepholes?[direction * 3 * hidden + number * hidden + index] ?? 0) * cell[index]
        }
        for step in 0..<length {
            let time = problem.isReversed[direction] ? length - 1 - step : step
            let first =
                (problem.isImageFirst ? image * problem.steps + time : time * problem.images + image) * inputs
            func input(_ gate: Int) -> Double {
                var sum = 0.0
                for index in 0..<inputs {
                    sum +=
                        Double(result.x[first + index])
                        * Double(weights.input[(direction * gates + gate) * inputs + index])
                }
                return sum + bias(gate, ofStates: false)
            }
            func recurrent(_ gate: Int, _ states: [Double]) -> Double {
                var sum = 0.0
                for index in 0..<hidden {
                    sum += states[index] * Double(weights.recurrent[(direction * gates + gate) * hidden + index])
                }
                return sum + bias(gate, ofStates: true)
            }
            var next = state
            switch problem.cell {
            case .plain:
                for index in 0..<hidden {
                    next[index] = value(functions[0], clipped(input(index) + recurrent(index, state)))
                }
            case .gru(let resetsAfter):
                func gate(_ gate: Int) -> Double { value(functions[0], clipped(input(gate) + recurrent(gate, state))) }
                let resets = (0..<hidden).map { gate(hidden + $0) }
                let products = zip(resets, state).map { $0 * $1 }
                for index in 0..<hidden {
                    let own =
                        resetsAfter
                        ? resets[index] * recurrent(2 * hidden + index, state)
                        : recurrent(2 * hidden + index, products)
                    let candidate = value(functions[1], clipped(input(2 * hidden + index) + own))
                    let update = gate(index)
                    next[index] = (1 - update) * candidate + update * state[index]
                }
            case .lstm(let isCoupled):
                for index in 0..<hidden {
                    func sum(_ gate: Int) -> Double {
                        input(gate * hidden + index) + recurrent(gate * hidden + index, state)
                    }
                    let own = value(functions[0], clipped(sum(0) + peephole(0, index)))
                    let forget = isCoupled ? 1 - own : value(functions[0], clipped(sum(2) + peephole(2, index)))
                    cell[index] = forget * cell[index] + own * value(functions[1], clipped(sum(3)))
                    let output = value(functions[0], clipped(sum(1) + peephole(1, index)))
                    next[index] = output * value(functions[2], cell[index])
                }
            }
            state = next
            let target =
                problem.isImageFirst
                ? ((image * problem.steps + time) * directions + direction) * hidden
                : ((time * directions + direction) * problem.images + image) * hidden
            for index in 0..<hidden { result.y[target + index] = state[index] }
        }
        guard length > 0 else { return }
        for index in 0..<hidden {
            (result.lastHidden[place + index], result.lastCell[place + index]) = (state[index], cell[index])
        }
    }

    @Test(
        "steps follow ONNX's equations, against float64",
        arguments: [
            Problem(cell: .plain), Problem(cell: .plain, isReversed: [true], lengths: [5, 0, 2], hasStates: true),
            Problem(cell: .plain, hasBias: false, functions: [CellActivation(.identity, clamp: .relu)]),
            Problem(
                cell: .plain, clip: 0.5,
                functions: [CellActivation(.tanh, inner: 0.5, outer: 2, offset: 0.25)]),
            Problem(cell: .plain, functions: [CellActivation(.identity, threshold: 0.25)]),
            Problem(
                cell: .gru(resetsAfter: false), images: 6, isReversed: [false, true], lengths: [5, 4, 3, 2, 1, 5]),
            Problem(cell: .gru(resetsAfter: true), isReversed: [false, true], isImageFirst: true, hasStates: true),
            Problem(cell: .lstm(isCoupled: false), isReversed: [false, true], hasStates: true),
            Problem(
                cell: .lstm(isCoupled: false), images: 9, isReversed: [true], isImageFirst: true,
                lengths: [1, 2, 3, 4, 5, 4, 3, 2, 1], hasStates: true, hasPeepholes: true, clip: 0.75),
            Problem(cell: .lstm(isCoupled: true), steps: 1, images: 1, hasPeepholes: true),
            Problem(cell: .lstm(isCoupled: false), steps: 0), Problem(cell: .lstm(isCoupled: false), images: 0),
        ])
    func definition(problem: Problem) throws {
        let reference = reference(problem)
        let isCell = if case .lstm = problem.cell { true } else { false }
        let shape = RecurrentShape(
            cell: problem.cell, steps: problem.steps, images: problem.images, inputSize: RecurrentTests.inputSize,
            hiddenSize: RecurrentTests.hiddenSize, isReversed: problem.isReversed,
            isImageFirst: problem.isImageFirst)
        let form = RecurrentKernel.OperandForm(
            hasLengths: problem.lengths != nil, hasHiddenState: problem.hasStates,
            hasCellState: problem.hasStates && isCell, outputCount: isCell ? 3 : 2)
        var inputs = [Input(reference.x)]
        if let lengths = problem.lengths { inputs.append(Input(lengths)) }
        if form.hasHiddenState { inputs.append(Input(reference.hidden)) }
        if form.hasCellState { inputs.append(Input(reference.cell)) }
        var wanted = [reference.y, reference.lastHidden]
        if isCell { wanted.append(reference.lastCell) }
        for var options in try Engines.all() {
            for workers in [1, 8] {
                options.workers = workers
                let kernel = try RecurrentKernel(
                    shape, weights: reference.weights, clip: problem.clip, operands: form, options: options)
                let result = try exercise(
                    kernel, inputs: inputs, outputs: wanted.map { Output(.float32, count: $0.count) })
                for (index, values) in wanted.enumerated() {
                    // What a step rounds, the next ones multiply.
                    let largest = Float(values.map(abs).max() ?? 0)
                    expectClose(result.elements(index), values.map { Float($0) }, options.name) { _ in
                        1e-5 * (1 + largest)
                    }
                }
            }
        }
    }

    @Test("an image's bits do not depend on the others, nor on workers")
    func sameBits() throws {
        let reference = reference(Problem(cell: .lstm(isCoupled: false), images: 7, isImageFirst: true))
        let form = RecurrentKernel.OperandForm(
            hasLengths: false, hasHiddenState: false, hasCellState: false, outputCount: 1)
        func run(_ images: Int, _ options: KernelOptions) throws -> [Float] {
            let shape = RecurrentShape(
                cell: .lstm(isCoupled: false), steps: 5, images: images, inputSize: RecurrentTests.inputSize,
                hiddenSize: RecurrentTests.hiddenSize, isReversed: [false], isImageFirst: true)
            let kernel = try RecurrentKernel(
                shape, weights: reference.weights, clip: nil, operands: form, options: options)
            let count = images * 5 * RecurrentTests.hiddenSize
            return try exercise(
                kernel, inputs: [Input(Array(reference.x.prefix(images * 5 * RecurrentTests.inputSize)))],
                outputs: [Output(.float32, count: count)]
            ).elements()
        }
        for var options in try Engines.all() {
            let all = try run(7, options)
            options.workers = 5
            for images in [1, 4, 5, 7] {
                expectEqual(
                    try run(images, options), Array(all.prefix(images * 5 * RecurrentTests.hiddenSize)), options.name)
            }
        }
    }

    @Test("a length outside the steps is a fault", arguments: [-1, 6] as [Int32])
    func fault(length: Int32) throws {
        let reference = reference(Problem(cell: .plain, images: 1))
        let shape = RecurrentShape(
            cell: .plain, steps: 5, images: 1, inputSize: RecurrentTests.inputSize,
            hiddenSize: RecurrentTests.hiddenSize, isReversed: [false], isImageFirst: false)
        let kernel = try RecurrentKernel(
            shape, weights: reference.weights, clip: nil,
            operands: .init(hasLengths: true, hasHiddenState: false, hasCellState: false, outputCount: 1),
            options: Engines.one())
        let result = try exercise(
            kernel, inputs: [Input(reference.x), Input([length])],
            outputs: [Output(.float32, count: 5 * RecurrentTests.hiddenSize)])
        #expect(result.fault == .indexOutOfRange)
    }
}
