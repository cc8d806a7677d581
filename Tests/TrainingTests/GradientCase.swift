import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import DeeperTraining
import Testing

/// A small network whose gradients are compared with finite differences of ``DoubleNetwork``.
struct GradientCase: Sendable, CustomTestStringConvertible {
    let name: String
    var channels = 5
    var extents = [9, 7]
    var images = 3
    var smoothing: Float = 0
    let build: @Sendable (inout Net) throws -> Void

    var testDescription: String { name }

    /// Builds networks with seeded weights.
    struct Net {
        var builder: GraphBuilder
        var generator = SeededGenerator(seed: 7)
        var x: ValueID
        var shape: [Int]

        mutating func weights(_ name: String, _ shape: [Int], around center: Float = 0, by width: Float = 0.5) throws
            -> ValueID
        {
            let values = generator.floats(shape.reduce(1, *)).map { center + width * $0 }
            return builder.constant(name, try Tensor(values, shape: try Shape(validating: shape)))
        }

        mutating func conv(
            _ name: String, _ filters: Int, _ kernel: [Int], stride: Int = 1, pads: [Int]? = nil, dilation: Int = 1,
            groups: Int = 1, hasBias: Bool = true, from input: ValueID? = nil, inputChannels: Int? = nil
        ) throws -> ValueID {
            let channels = (inputChannels ?? shape[1]) / groups
            let w = try weights("\(name)_w", [filters, channels] + kernel)
            let b = hasBias ? [try weights("\(name)_b", [filters])] : []
            return try builder.node(
                "Conv", name, [input ?? x, w] + b,
                [
                    "kernel_shape": .ints(kernel), "strides": .ints([stride, stride]),
                    "pads": .ints(pads ?? [0, 0, 0, 0]), "dilations": .ints([dilation, dilation]),
                    "group": .int(groups),
                ])
        }

        mutating func node(
            _ op: String, _ name: String, _ inputs: [ValueID]? = nil, _ attributes: [String: AttributeValue] = [:]
        ) throws -> ValueID {
            try builder.node(op, name, inputs ?? [x], attributes)
        }

        /// Flatten, fully connected layer, softmax: an output of three classes.
        mutating func head(_ name: String, from input: ValueID, features: Int) throws {
            let flat = try node("Flatten", "\(name)_flat", [input], ["axis": .int(1)])
            let w = try weights("\(name)_w", [3, features], by: 1)
            let b = try weights("\(name)_b", [3])
            let logits = try builder.node("Gemm", name, [flat, w, b], ["transB": .int(1)])
            builder.output(try node("Softmax", "\(name)_prob", [logits], ["axis": .int(1)]))
        }
    }

    func graph() throws -> Graph {
        var builder = GraphBuilder(name: name, opset: 11)
        let input = builder.input(
            "data", DeclaredType(.float32, [.symbol("N"), .fixed(channels)] + extents.map { .fixed($0) }))
        var net = Net(builder: builder, x: input, shape: [images, channels] + extents)
        try build(&net)
        try net.builder.graph.verify()
        return net.builder.graph
    }

    /// Largest difference of an analytic gradient from the finite one, relative to the largest of its weight, on each
    /// instruction set.
    func largestErrors(threads: Int = 2) throws -> [InstructionSet: Double] {
        let graph = try graph()
        let lossWeights: [Float] = [1, 0.3, 0.3]
        var generator = SeededGenerator(seed: 11)
        let count = images * channels * extents[0] * extents[1]
        let planes = generator.floats(count)
        let labels = (0..<images).map { $0 * 2 % 3 }
        let plane = extents[0] * extents[1]
        let pixels = (0..<count).map { index in
            let (image, rest) = (index / (plane * channels), index % (plane * channels))
            return planes[(image * channels + rest % channels) * plane + rest / channels]
        }
        let pictures = try Tensor(pixels, shape: try Shape(validating: [images] + extents + [channels]))
        var trainers: [InstructionSet: Trainer] = [:]
        var worst: [InstructionSet: Double] = [:]
        var network = try DoubleNetwork(graph)
        let data = DoubleNetwork.Value(shape: [images, channels] + extents, elements: planes.map(Double.init))
        let weights = lossWeights.map(Double.init)
        let share = Double(smoothing)
        let loss = try network.loss(data, labels, weights: weights, smoothing: share)
        for set in InstructionSet.available {
            var options = TrainingOptions(batch: images, threads: threads)
            options.instructionSet = set
            options.lossWeights = lossWeights
            options.labelSmoothing = smoothing
            let trainer = try Trainer(graph, options: options)
            let found = try trainer.computeGradients(
                pictures: pictures, labels: try Tensor(labels.map(Int32.init), shape: [images]))
            trainers[set] = trainer
            worst[set] = abs(loss - Double(found.total)) / abs(loss)
        }
        let parameters = try #require(trainers.values.first).parameters.parameters.filter(\.isTrained)
        for name in parameters.map(\.name) {
            let elements = try #require(network.constants[name]).count
            let count = min(TestTier.runsHeavyTests ? 10 : 2, elements)
            let picks = (0..<count).map { _ in Int.random(in: 0..<elements, using: &generator) }
            let finite = try picks.map { index in
                let step = 1e-5
                let value = network.constants[name]![index]
                network.constants[name]![index] = value + step
                let above = try network.loss(data, labels, weights: weights, smoothing: share)
                network.constants[name]![index] = value - step
                let below = try network.loss(data, labels, weights: weights, smoothing: share)
                network.constants[name]![index] = value
                return (above - below) / (2 * step)
            }
            for (set, trainer) in trainers {
                let gradient = try #require(trainer.gradient(of: name))
                let scale = max(finite.map(abs).max() ?? 0, Double(gradient.map(abs).max() ?? 0), 1e-6)
                for (index, value) in zip(picks, finite) {
                    let error = abs(Double(gradient[index]) - value) / scale
                    // `max` would drop a NaN.
                    worst[set] = error.isNaN ? .infinity : max(worst[set] ?? 0, error)
                }
            }
        }
        return worst
    }
}
