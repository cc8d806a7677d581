import Deeper
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import DeeperTraining
import Foundation
import Testing

@Suite("Training runs", .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)))
struct TrainingRunTests {
    private func run(
        _ recipe: TrainingConfiguration, _ path: String, resumes: Bool = false, threads: Int = 2, stopAfter: Int? = nil
    ) throws -> (run: TrainingRun, losses: [[Float]], outcome: TrainingRun.Outcome) {
        let run = try TrainingRun(recipe, checkpoint: path, resumes: resumes, threads: threads)
        var losses: [[Float]] = []
        let outcome = try run.run(
            shouldStop: { stopAfter.map { losses.count >= $0 } ?? false }, onStep: { losses.append($0.losses) })
        return (run, losses, outcome)
    }

    @Test("stopped anywhere and resumed, by another number of threads, gives the bits of an unbroken run")
    func resumes() throws {
        try withTemporaryFolder { folder in
            let recipe = try SmallRecipe.configuration(in: folder)
            let whole = try run(recipe, "\(folder)/whole")
            #expect(whole.outcome == .finished)
            for stop in [1, 5, 6, 8] {
                let path = "\(folder)/part\(stop)"
                let first = try run(recipe, path, threads: 1, stopAfter: stop)
                #expect(first.outcome == .stopped)
                let second = try run(recipe, path, resumes: true, threads: 3)
                #expect(first.losses + second.losses == whole.losses)
                #expect(second.run.trainer.weights.all == whole.run.trainer.weights.all)
                #expect(second.run.trainer.moments.all == whole.run.trainer.moments.all)
                #expect(second.run.trainer.average?.all == whole.run.trainer.average?.all)
                #expect(
                    try Data(contentsOf: URL(fileURLWithPath: path))
                        == Data(contentsOf: URL(fileURLWithPath: "\(folder)/whole")))
            }
        }
    }

    @Test("the losses of all heads fall, and the drawn pictures are told apart")
    func learns() throws {
        try withTemporaryFolder { folder in
            var recipe = try SmallRecipe.configuration(in: folder)
            recipe.epochs = 8
            let found = try run(recipe, "\(folder)/checkpoint")
            let (first, last) = (try #require(found.losses.first), try #require(found.losses.last))
            for head in first.indices { #expect(last[head] < first[head] * 0.7) }
            #expect(found.run.accuracy > 0.6)
        }
    }

    @Test("an exported model answers as the training network did, without its heads")
    func exports() throws {
        try withTemporaryFolder { folder in
            let recipe = try SmallRecipe.configuration(in: folder)
            let path = "\(folder)/checkpoint"
            let trained = try run(recipe, path).run
            let checkpoint = try Checkpoint(contentsOf: path)
            #expect(checkpoint.stepCount == 12)
            #expect(checkpoint.configuration == recipe)
            for isAveraged in [true, false] {
                let exported = try checkpoint.inferenceGraph(isAveraged: isAveraged)
                #expect(exported.outputs.count == 1)
                #expect(
                    !exported.nodes.contains { $0.operatorName == "BatchNormalization" || $0.operatorName == "Dropout" }
                )
                let file = "\(folder)/model.onnx"
                try ONNXModel.write(exported, to: file)
                var reference = try trained.trainer.trainedGraph(isAveraged: isAveraged)
                reference.outputs = Array(reference.outputs.prefix(1))
                let engines = [
                    try Engine(Model(contentsOf: URL(fileURLWithPath: file))), try Engine(Model(graph: reference)),
                ]
                var generator = SeededGenerator(seed: 1)
                let input = try Tensor(generator.floats(2 * 3072), shape: [2, 3, 32, 32])
                let answers = try engines.map {
                    try #require(try $0.runBlocking(["data": input])["prob"]).elements(as: Float.self)
                }
                for (own, other) in zip(answers[0], answers[1]) { #expect(abs(own - other) < 1e-5) }
            }
        }
    }

    @Test("a loss that explodes stops the training and leaves the last checkpoint")
    func explodes() throws {
        try withTemporaryFolder { folder in
            var recipe = try SmallRecipe.configuration(in: folder)
            let path = "\(folder)/checkpoint"
            // One step before the end of an epoch, which would write the next one.
            _ = try run(recipe, path, stopAfter: 5)
            let good = try Data(contentsOf: URL(fileURLWithPath: path))
            recipe.schedule.rate = 1e30
            recipe.optimizer.largestGradientNorm = 0
            #expect {
                _ = try run(recipe, path, resumes: true)
            } throws: {
                ($0 as? DeeperError)?.code == .invalidInput && "\($0)".contains("last good state")
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == good)
        }
    }

    @Test("a run that continues with another recipe reports the differences")
    func changes() throws {
        try withTemporaryFolder { folder in
            var recipe = try SmallRecipe.configuration(in: folder)
            let path = "\(folder)/checkpoint"
            #expect(try run(recipe, path, stopAfter: 2).run.changedFields == [])
            recipe.epochs = 3
            recipe.optimizer.momentum = 0.5
            let second = try TrainingRun(recipe, checkpoint: path, resumes: true, threads: 1)
            #expect(second.changedFields == ["epochs", "optimizer.momentum"])
        }
    }

    @Test("checkpoints that were tampered with are errors")
    func hostile() throws {
        try withTemporaryFolder { folder in
            let recipe = try SmallRecipe.configuration(in: folder)
            let path = "\(folder)/checkpoint"
            _ = try run(recipe, path, stopAfter: 1)
            let file = try SafetensorsFile(path: path)
            let tensors = try file.names.map { (name: $0, tensor: try file.tensor(named: $0)) }
            func refused(_ change: (inout [(name: String, tensor: Tensor)], inout [String: String]) throws -> Void)
                throws
            {
                var (tensors, metadata) = (tensors, file.metadata)
                try change(&tensors, &metadata)
                let broken = "\(folder)/broken"
                try SafetensorsFile.write(tensors, metadata: metadata, to: broken)
                #expect {
                    _ = try TrainingRun(recipe, checkpoint: broken, resumes: true, threads: 1)
                } throws: {
                    [.invalidInput, .invalidModel].contains(($0 as? DeeperError)?.code) && "\($0)".contains(broken)
                }
            }
            try refused { _, metadata in metadata["steps"] = "9223372036854775807" }
            try refused { _, metadata in metadata["configuration"] = "{" }
            let one = try Tensor([1] as [Float], shape: [1])
            for index in [0, tensors.count - 1, try #require(tensors.firstIndex { $0.name.hasPrefix("average.") })] {
                try refused { tensors, _ in tensors[index].tensor = one }
            }
            try refused { tensors, _ in tensors.removeFirst() }
            // A model for inference must not come of one that lacks a weight or has one of another network.
            for change in [{ $0.removeFirst() }, { $0.append(("of another network", one)) }]
                as [(inout [(name: String, tensor: Tensor)]) -> Void]
            {
                var tensors = tensors
                change(&tensors)
                try SafetensorsFile.write(tensors, metadata: file.metadata, to: "\(folder)/broken")
                #expect(throws: DeeperError.self) {
                    _ = try Checkpoint(contentsOf: "\(folder)/broken").inferenceGraph()
                }
            }
        }
    }

    @Test("gradients of several machines go through one call over the flat memory")
    func reduces() throws {
        try withTemporaryFolder { folder in
            let recipe = try SmallRecipe.configuration(in: folder)
            let plain = try TrainingRun(recipe, checkpoint: "\(folder)/a", resumes: false, threads: 1)
            let reduced = try TrainingRun(recipe, checkpoint: "\(folder)/b", resumes: false, threads: 1)
            var calls = 0
            reduced.trainer.reduceGradients = { gradients in
                calls += 1
                #expect(gradients.count == reduced.trainer.parameters.count)
                gradients.all = gradients.all.map { 0 * $0 }
            }
            var steps = 0
            _ = try plain.run(shouldStop: {
                steps += 1; return steps == 1
            })
            steps = 0
            _ = try reduced.run(shouldStop: {
                steps += 1; return steps == 1
            })
            #expect(calls == 1)
            #expect(plain.trainer.weights.all != reduced.trainer.weights.all)
        }
    }
}
