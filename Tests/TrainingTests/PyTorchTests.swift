import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import DeeperTraining
import DeeperZoo
import Foundation
import Testing

/// What PyTorch found, written by `make check-pytorch`.
struct PyTorchResults: Decodable {
    struct Layer: Decodable {
        let op: String
        var filters: Int?
        var stride, pad, ceil, dilation, groups, size, countsPadding: Int?
        var pads: [Int]?
        var alpha, beta, bias: Double?
        var kernel: Extent?

        /// A number for both axes, or two.
        struct Extent: Decodable {
            let values: [Int]

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let one = try? container.decode(Int.self) {
                    values = [one, one]
                } else {
                    values = try container.decode([Int].self)
                }
            }
        }
    }

    struct Gradient: Decodable {
        let norm: Double
        let first: [Double]
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let input: [Int]
        let classes: Int
        let layers: [Layer]
        let loss: Double
        let gradients: [String: Gradient]

        var testDescription: String { name }
    }

    struct GoogLeNetRun: Decodable {
        let steps, batch, classes: Int
        let rate, momentum: Float
        let losses: [[Double]]
    }

    let cases: [Case]
    let googlenet: GoogLeNetRun

    static func read() throws -> PyTorchResults {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("pytorch.json")
        return try JSONDecoder().decode(PyTorchResults.self, from: Data(contentsOf: file))
    }
}

/// Multiples of 2^-23 in -1..<1, as the script's `signed`.
private func signed(_ seed: UInt64, _ count: Int) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Float(Int64(bitPattern: generator.next()) >> 40) * 0x1p-23 }
}

private func labels(_ seed: UInt64, _ count: Int, _ classes: Int) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return try Tensor(
        (0..<count).map { _ in Int32(generator.next() % UInt64(classes)) }, shape: try Shape(validating: [count]))
}

/// N x C x H x W to N x H x W x C.
private func channelsLast(_ values: [Float], _ shape: [Int]) throws -> Tensor {
    let (channels, plane) = (shape[1], shape[2] * shape[3])
    let turned = values.indices.map { index in
        let (image, rest) = (index / (plane * channels), index % (plane * channels))
        return values[(image * channels + rest % channels) * plane + rest / channels]
    }
    return try Tensor(turned, shape: try Shape(validating: [shape[0], shape[2], shape[3], channels]))
}

@Suite("Training agrees with PyTorch")
struct PyTorchTests {
    @Test("gradients of single operators to 1e-4", arguments: try PyTorchResults.read().cases, InstructionSet.available)
    func gradients(_ test: PyTorchResults.Case, _ set: InstructionSet) throws {
        let graph = try graph(test)
        var options = TrainingOptions(batch: test.input[0], threads: 2)
        options.instructionSet = set
        let trainer = try Trainer(graph, options: options)
        let found = try trainer.computeGradients(
            pictures: try channelsLast(signed(77, test.input.reduce(1, *)), test.input),
            labels: try labels(5, test.input[0], test.classes))
        #expect(abs(Double(found.losses[0]) - test.loss) < 1e-5 * abs(test.loss))
        for (name, expected) in test.gradients {
            let gradient = try #require(trainer.gradient(of: name), "\(name)")
            let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let largest = max(expected.first.map(abs).max() ?? 0, expected.norm / Double(gradient.count).squareRoot())
            // A bias in front of a batch normalisation has no gradient: rounding errors are all that is left of it.
            guard largest > 1e-7 else { continue }
            #expect(abs(norm - expected.norm) < 1e-4 * expected.norm, "\(name)")
            for (own, other) in zip(gradient, expected.first) {
                #expect(abs(Double(own) - other) < 1e-4 * largest, "\(name)")
            }
        }
    }

    @Test(
        "losses of GoogLeNet's three heads over 20 SGD steps to 1e-3",
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)))
    func googLeNet() throws {
        let run = try PyTorchResults.read().googlenet
        let graph = try ModelZoo.graph(named: "googlenet-train", classCount: run.classes, weights: .seeded(1))
        var options = TrainingOptions(batch: run.batch, threads: 2)
        options.dropsOut = false
        options.rule = .momentum(run.momentum, isNesterov: false)
        let trainer = try Trainer(graph, options: options)
        for (step, expected) in run.losses.enumerated() {
            let values = signed(UInt64(1000 + step), run.batch * 3 * 224 * 224)
            let found = try trainer.step(
                pictures: try channelsLast(values, [run.batch, 3, 224, 224]),
                labels: try labels(UInt64(2000 + step), run.batch, run.classes), rate: run.rate)
            for (own, other) in zip(found.losses, expected) {
                #expect(abs(Double(own) - other) < 1e-3 * other, "step \(step): \(own), PyTorch \(other)")
            }
        }
    }

    /// The script's network: layers, mean over the plane, fully connected layer.
    private func graph(_ test: PyTorchResults.Case) throws -> Graph {
        var builder = GraphBuilder(name: test.name, opset: 11)
        var x = builder.input(
            "data", DeclaredType(.float32, [.symbol("N")] + test.input.dropFirst().map { .fixed($0) }))
        var channels = test.input[1]
        func weight(_ name: String, _ shape: [Int], _ variance: Double, _ add: Float = 0) throws -> ValueID {
            let bound = Float((3 * variance).squareRoot())
            let values = signed(1 ^ stableHash(of: name), shape.reduce(1, *)).map { bound * $0 + add }
            return builder.constant(name, try Tensor(values, shape: try Shape(validating: shape)))
        }
        for (index, layer) in test.layers.enumerated() {
            let key = "layer\(index)"
            let kernel = layer.kernel?.values ?? []
            let pads = layer.pads ?? layer.pad.map { [$0, $0] } ?? [0, 0]
            let stride = layer.stride ?? 1
            var window: [String: AttributeValue] = [
                "kernel_shape": .ints(kernel), "strides": .ints([stride, stride]), "pads": .ints(pads + pads),
            ]
            switch layer.op {
            case "conv":
                let groups = layer.groups ?? 1, filters = layer.filters ?? 1
                let depth = channels / groups
                let w = try weight("\(key)_w", [filters, depth] + kernel, 2 / Double(depth * kernel[0] * kernel[0]))
                let b = try weight("\(key)_b", [filters], 0.1)
                window["dilations"] = .ints([layer.dilation ?? 1, layer.dilation ?? 1])
                window["group"] = .int(groups)
                x = try builder.node("Conv", key, [x, w, b], window)
                channels = filters
            case "relu": x = try builder.node("Relu", key, [x])
            case "maxpool":
                window["ceil_mode"] = .int(layer.ceil ?? 0)
                x = try builder.node("MaxPool", key, [x], window)
            case "averagepool":
                window["count_include_pad"] = .int(layer.countsPadding ?? 0)
                x = try builder.node("AveragePool", key, [x], window)
            case "lrn":
                x = try builder.node(
                    "LRN", key, [x],
                    [
                        "size": .int(layer.size ?? 5), "alpha": .float(Float(layer.alpha ?? 0)),
                        "beta": .float(Float(layer.beta ?? 0)), "bias": .float(Float(layer.bias ?? 1)),
                    ])
            default:
                let scale = try weight("\(key)_scale", [channels], 0.05, 1)
                let shift = try weight("\(key)_shift", [channels], 0.05)
                let mean = try weight("\(key)_mean", [channels], 0)
                let variance = try weight("\(key)_variance", [channels], 0, 1)
                x = try builder.node(
                    "BatchNormalization", key, [x, scale, shift, mean, variance], ["epsilon": .float(1e-5)])
            }
        }
        x = try builder.node("GlobalAveragePool", "mean", [x])
        x = try builder.node("Flatten", "flat", [x])
        let w = try weight("head_w", [test.classes, channels], 1), b = try weight("head_b", [test.classes], 0.1)
        x = try builder.node("Gemm", "head", [x, w, b], ["transB": .int(1)])
        builder.output(try builder.node("Softmax", "prob", [x]))
        return builder.graph
    }
}
