import DeeperGraphs
import DeeperImaging
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import DeeperTraining
import DeeperZoo
import Foundation
import Testing

@Suite struct StepTests {
    private static let net = GradientCase(name: "two layers") { net in
        let a = try net.conv("first", 20, [3, 3], pads: [1, 1, 1, 1])
        let r = try net.node("Relu", "relu", [a])
        let d = try net.node("Dropout", "drop", [r], ["ratio": .float(0.4)])
        try net.head("head", from: d, features: 20 * 63)
    }

    private func trainer(_ change: (inout TrainingOptions) -> Void) throws -> Trainer {
        var options = TrainingOptions(batch: 3, threads: 1)
        options.dropsOut = false
        change(&options)
        return try Trainer(try StepTests.net.graph(), options: options)
    }

    private var batch: (pictures: Tensor, labels: Tensor) {
        get throws {
            var generator = SeededGenerator(seed: 2)
            return (
                try Tensor(generator.floats(3 * 5 * 63), shape: [3, 9, 7, 5]),
                try Tensor([0, 2, 1] as [Int32], shape: [3])
            )
        }
    }

    @Test("weights follow each rule's formula over three steps", arguments: InstructionSet.available)
    func rules(_ set: InstructionSet) throws {
        let rules: [UpdateRule] = [
            .momentum(0.9, isNesterov: false), .momentum(0.8, isNesterov: true),
            .adam(decay1: 0.9, decay2: 0.99, epsilon: 1e-6),
        ]
        for rule in rules {
            let trainer = try trainer {
                $0.rule = rule
                $0.weightDecay = 0.01
                $0.biasRate = 2
                $0.averageShare = 0.5
                $0.instructionSet = set
            }
            var expected = trainer.weights.all.map(Double.init), average = expected
            var first = expected.map { _ in 0.0 }, second = first
            for step in 0..<3 {
                _ = try trainer.computeGradients(pictures: batch.pictures, labels: batch.labels)
                let gradients = trainer.gradients.all
                _ = try trainer.applyGradients(rate: 0.1)
                for parameter in trainer.parameters.parameters {
                    let rate = parameter.role == .bias ? 0.2 : 0.1
                    for index in parameter.range {
                        let g = Double(gradients[index]) + (parameter.role == .weight ? 0.01 * expected[index] : 0)
                        switch rule {
                        case .momentum(let momentum, let isNesterov):
                            first[index] = Double(momentum) * first[index] + g
                            expected[index] -= rate * (isNesterov ? g + Double(momentum) * first[index] : first[index])
                        case .adam(let a, let b, let epsilon):
                            first[index] = Double(a) * first[index] + (1 - Double(a)) * g
                            second[index] = Double(b) * second[index] + (1 - Double(b)) * g * g
                            let m = first[index] / (1 - pow(Double(a), Double(step + 1)))
                            let v = second[index] / (1 - pow(Double(b), Double(step + 1)))
                            expected[index] -= rate * m / (v.squareRoot() + Double(epsilon))
                        }
                        average[index] += max(0.5, 1 / Double(step + 1)) * (expected[index] - average[index])
                    }
                }
                let found = trainer.weights.all, mean = try #require(trainer.average).all
                for parameter in trainer.parameters.parameters {
                    for index in parameter.range {
                        #expect(abs(Double(found[index]) - expected[index]) < 1e-5)
                        #expect(abs(Double(mean[index]) - average[index]) < 1e-5)
                    }
                }
            }
        }
    }

    @Test("a gradient longer than the limit is shortened to it")
    func clips() throws {
        let plain = try trainer { $0.rule = .momentum(0, isNesterov: false) }
        let limited = try trainer {
            $0.rule = .momentum(0, isNesterov: false)
            $0.largestGradientNorm = 0.01
        }
        let before = plain.weights.all
        _ = try plain.step(pictures: batch.pictures, labels: batch.labels, rate: 1)
        let result = try limited.step(pictures: batch.pictures, labels: batch.labels, rate: 1)
        let steps = zip(before, plain.weights.all).map { Double($1 - $0) }
        let shortened = zip(before, limited.weights.all).map { Double($1 - $0) }
        func length(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let norm = try #require(result.gradientNorm)
        #expect(abs(norm - length(steps)) < 1e-4 * norm && norm > 0.01)
        #expect(abs(length(shortened) - 0.01) < 1e-5)
    }

    /// Large enough for several blocks of filters and channels, and several chunks of pixels.
    private static let large = GradientCase(name: "many channels", channels: 70, extents: [24, 21]) { net in
        let a = try net.conv("first", 130, [1, 1])
        let parts = [
            try net.weights("scale", [130], around: 1), try net.weights("shift", [130]),
            try net.weights("mean", [130]), try net.weights("variance", [130], around: 1),
        ]
        let b = try net.node("BatchNormalization", "norm", [a] + parts)
        let c = try net.conv("second", 75, [3, 3], pads: [1, 1, 1, 1], from: b, inputChannels: 130)
        let d = try net.node("Dropout", "drop", [c], ["ratio": .float(0.4)])
        let e = try net.node("GlobalAveragePool", "average", [d])
        try net.head("head", from: e, features: 75)
    }

    @Test("the same bits for any number of threads", arguments: InstructionSet.available)
    func threads(_ set: InstructionSet) throws {
        var generator = SeededGenerator(seed: 2)
        let pictures = try Tensor(generator.floats(3 * 24 * 21 * 70), shape: [3, 24, 21, 70])
        let runs = try [1, 2, 3, 5].map { threads in
            var options = TrainingOptions(batch: 3, threads: threads)
            options.instructionSet = set
            options.largestGradientNorm = 1
            let trainer = try Trainer(try StepTests.large.graph(), options: options)
            for _ in 0..<2 { _ = try trainer.step(pictures: pictures, labels: batch.labels, rate: 0.1) }
            return trainer.weights.all
        }
        for run in runs.dropFirst() { #expect(run == runs[0]) }
    }

    @Test("the gradient through dropout is that of the masked network: the same mask in both directions")
    func dropoutGradient() throws {
        let net = GradientCase(name: "dropout") { net in
            let a = try net.conv("first", 8, [1, 1])
            let d = try net.node("Dropout", "drop", [a], ["ratio": .float(0.4)])
            let e = try net.conv("second", 4, [3, 3], from: d, inputChannels: 8)
            try net.head("head", from: e, features: 4 * 35)
            try net.head("other", from: d, features: 8 * 63)
        }
        let trainer = try Trainer(try net.graph(), options: TrainingOptions(batch: 3, threads: 2))
        trainer.stepCount = 5
        func loss() throws -> Float {
            try trainer.computeGradients(pictures: batch.pictures, labels: batch.labels).total
        }
        _ = try loss()
        let gradient = try #require(trainer.gradient(of: "first_w"))
        let first = try #require(trainer.weightTensors()["first_w"]).elements(as: Float.self)
        let largest = gradient.map(abs).max() ?? 0
        for index in gradient.indices {
            let ends = try [0.02, -0.02].map { (step: Float) in
                var values = first
                values[index] += step
                try trainer.load { $0 == "first_w" ? values : nil }
                return try loss()
            }
            #expect(abs((ends[0] - ends[1]) / 0.04 - gradient[index]) < 5e-3 * largest)
        }
    }

    @Test(
        "frozen normalisations keep scale and shift, whose gradients do not count in the norm, and follow the batches")
    func frozenNormalization() throws {
        let net = GradientCase(name: "frozen") { net in
            let a = try net.conv("first", 6, [1, 1])
            let parts = [
                try net.weights("norm_scale", [6], around: 1), try net.weights("norm_shift", [6]),
                try net.weights("norm_mean", [6]), try net.weights("norm_variance", [6], around: 1),
            ]
            let b = try net.node("BatchNormalization", "norm", [a] + parts)
            try net.head("head", from: b, features: 6 * 63)
        }
        var options = TrainingOptions(batch: 3, threads: 1)
        options.isTrained = { !$0.hasPrefix("norm") }
        options.largestGradientNorm = 100
        let trainer = try Trainer(try net.graph(), options: options)
        let before = try trainer.weightTensors()
        let norm = try #require(
            try trainer.step(pictures: batch.pictures, labels: batch.labels, rate: 0.1).gradientNorm)
        let after = try trainer.weightTensors()
        var squares = 0.0
        for parameter in trainer.parameters.parameters {
            let name = parameter.name
            let stays = ["norm_scale", "norm_shift"].contains(name)
            #expect((try before[name]?.bytes() == after[name]?.bytes()) == stays, "\(name)")
            guard parameter.isTrained else { continue }
            for value in try #require(trainer.gradient(of: name)) { squares += Double(value) * Double(value) }
        }
        #expect(abs(norm - squares.squareRoot()) < 1e-6 * norm)
    }

    @Test("dropout clears its share, another one every step, and scales the rest")
    func dropout() throws {
        let count = 20_000
        let kernel = DropoutKernel(
            count: count, ratio: 0.4, seed: 9, adds: false, options: try KernelOptions(.reference))
        let ones = try Tensor([Float](repeating: 1, count: count), shape: [count])
        let empty = try Tensor(.float32, shape: [count])
        let masks = try (0..<2).map { step in
            try runOnce(kernel, inputs: [ones, try Tensor([Int64(step)], shape: [1])], outputs: [empty])[0]
                .elements(as: Float.self)
        }
        for mask in masks {
            let kept = mask.count { $0 != 0 }
            #expect(abs(Double(kept) / Double(count) - 0.6) < 0.015)
            #expect(mask.allSatisfy { $0 == 0 || abs($0 - 1 / 0.6) < 1e-6 })
        }
        let both = zip(masks[0], masks[1]).count { $0 != 0 && $1 != 0 }
        #expect(abs(Double(both) / Double(count) - 0.36) < 0.015)
    }

    @Test("frozen weights stay, and those after them still learn")
    func frozen() throws {
        let trainer = try trainer { $0.isTrained = { !$0.hasPrefix("first") } }
        let before = trainer.weights.all
        _ = try trainer.step(pictures: batch.pictures, labels: batch.labels, rate: 0.1)
        let after = trainer.weights.all
        for parameter in trainer.parameters.parameters {
            let isSame = before[parameter.range] == after[parameter.range]
            #expect(isSame == parameter.name.hasPrefix("first"), "\(parameter.name)")
        }
    }

    @Test("a label that is no class, and tensors of other shapes, are refused")
    func refuses() throws {
        let trainer = try trainer { _ in }
        #expect(throws: DeeperError.self) {
            _ = try trainer.computeGradients(
                pictures: try batch.pictures, labels: try Tensor([0, 3, 1] as [Int32], shape: [3]))
        }
        #expect(throws: DeeperError.self) {
            _ = try trainer.computeGradients(
                pictures: try Tensor(.float32, shape: [3, 5, 9, 7]), labels: try batch.labels)
        }
        #expect(throws: DeeperError.self) {
            _ = try trainer.computeGradients(
                pictures: try batch.pictures, labels: try Tensor([0, 1] as [Int32], shape: [2]))
        }
    }

    @Test("operators without a gradient are named, with their node")
    func unsupported() throws {
        let test = GradientCase(name: "sigmoid") { net in
            let a = try net.conv("first", 4, [1, 1])
            let s = try net.node("Sigmoid", "squash", [a])
            try net.head("head", from: s, features: 4 * 63)
        }
        #expect {
            _ = try Trainer(try test.graph(), options: TrainingOptions(batch: 1, threads: 1))
        } throws: {
            "\($0)".contains("squash") && "\($0)".contains("Sigmoid") && ($0 as? DeeperError)?.code == .unsupported
        }
    }

    @Test("batches are the same however many threads make them; an epoch shows every picture once")
    func loader() throws {
        try withTemporaryFolder { folder in
            try DrawnPictures.write(40, seed: 1, to: "\(folder)/p.bin")
            let store = try PictureStore(
                try CIFAR10Binary(contentsOf: ["\(folder)/p.bin"]), classCount: 10, threads: 2)
            var changes = Augmentation()
            changes.mirrors = true
            changes.padCrop = 3
            changes.cropsArea = true
            changes.distortion = 0.3
            func loader(_ threads: Int, first: Int = 0) throws -> BatchLoader {
                try BatchLoader(
                    store, batch: 8, extent: Extent(width: 24, height: 20), augmentation: changes,
                    normalization: Normalization(), seed: 3, first: first, threads: threads)
            }
            let one = try loader(1), three = try loader(3), late = try loader(2, first: 3)
            var seen: [Int32: Int] = [:]
            for number in 0..<10 {
                let (a, b) = (try one.next(), try three.next())
                #expect(a.pictures.shape == [8, 20, 24, 3])
                #expect(try a.pictures.bytes() == b.pictures.bytes())
                if number >= 3, number < 6 { #expect(try late.next().pictures.bytes() == a.pictures.bytes()) }
                if number < 5 { for label in try a.labels.elements(as: Int32.self) { seen[label, default: 0] += 1 } }
            }
            // Forty pictures, four of each class.
            #expect(seen == Dictionary(uniqueKeysWithValues: (0..<10).map { (Int32($0), 4) }))
            let plain = try BatchLoader(
                store, batch: 8, extent: Extent(width: 32, height: 32), augmentation: Augmentation(),
                normalization: Normalization(), seed: 3)
            var shown: Set<[Float]> = []
            for _ in 0..<5 {
                let values = try plain.next().pictures.elements(as: Float.self)
                for slot in 0..<8 { shown.insert(Array(values[slot * 3072..<(slot + 1) * 3072])) }
            }
            #expect(shown.count == 40)
            let few = try PictureStore(
                try CIFAR10Binary(contentsOf: ["\(folder)/p.bin"]), classCount: 10, limit: 3,
                shrinksTo: Extent(width: 8, height: 9), threads: 2)
            // The first, the middle one and the last, brought to the extent.
            #expect((0..<3).map { few[$0].label } == [0, 19, 39].map { store[$0].label })
            #expect((0..<3).allSatisfy { few[$0].picture.extent == Extent(width: 8, height: 9) })
        }
    }
}
