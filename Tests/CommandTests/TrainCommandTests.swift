import Deeper
import DeeperTestSupport
import Foundation
import Testing

@Suite(
    "deeper train and export",
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct TrainCommandTests {
    private static let recipe = """
        {batch: 16, epochs: 2, seed: 5, augmentation: {mirrors: true, padCrop: 2}, initial: {method: "he"},
         optimizer: {kind: "nesterov", averageShare: 0.1}, schedule: {kind: "cosine", rate: 0.05}}
        """

    /// Calls `body` with a folder that has a recipe and pictures, and the arguments that name them.
    private func withRecipe(_ body: (String, [String]) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try DrawnPictures.write(96, seed: 3, to: "\(folder)/train.bin")
            try DrawnPictures.write(20, seed: 4, to: "\(folder)/test.bin")
            try TrainCommandTests.recipe.write(toFile: "\(folder)/recipe.json", atomically: true, encoding: .utf8)
            try body(
                folder,
                [
                    "train", "--config", "\(folder)/recipe.json", "--train", "\(folder)/train.bin", "--test",
                    "\(folder)/test.bin", "--log-every", "1", "--threads", "2",
                ])
        }
    }

    @Test("a network from a file keeps its labels when the data have none, also when the training goes on")
    func ownLabels() throws {
        try withTemporaryFolder { folder in
            let names = (0..<10).map { "kind \($0)" }
            try names.joined(separator: "\n").write(toFile: "\(folder)/names.txt", atomically: true, encoding: .utf8)
            let network = try DeeperProcess([
                "convert", "inception-cifar10", "--classes", "10", "--random-weights", "--labels",
                "\(folder)/names.txt", "-o",
                "\(folder)/net.onnx",
            ])
            #expect(network.status == 0, "\(network.errors)")
            // Ten black pictures of 32 x 32 with labels 0 to 9.
            try Data([0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 32, 0, 0, 0, 32] + [UInt8](repeating: 0, count: 10_240)).write(
                to: URL(filePath: "\(folder)/t-images-idx3-ubyte"))
            try Data([0, 0, 8, 1, 0, 0, 0, 10] + (0..<10).map { UInt8($0) }).write(
                to: URL(filePath: "\(folder)/t-labels-idx1-ubyte"))
            try "{batch: 2, epochs: 1}".write(toFile: "\(folder)/recipe.json", atomically: true, encoding: .utf8)
            for more in [[], ["--resume"]] {
                let trained = try DeeperProcess(
                    [
                        "train", "--config", "\(folder)/recipe.json", "--network", "\(folder)/net.onnx", "--train",
                        "\(folder)/t-images-idx3-ubyte", "-o", "\(folder)/run", "--steps", "1",
                    ] + more)
                #expect(trained.status == 0, "\(trained.errors)")
                let exported = try DeeperProcess([
                    "export", "\(folder)/run/checkpoint.safetensors", "-o", "\(folder)/out.onnx",
                ])
                #expect(exported.status == 0, "\(exported.errors)")
                let model = try Model(contentsOf: URL(filePath: "\(folder)/out.onnx"))
                #expect(model.labels == names, "\(more)")
            }
        }
    }

    @Test(
        "SIGTERM saves everything; resuming gives the same file as an unbroken run; export runs",
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)))
    func resumes() throws {
        try withRecipe { folder, arguments in
            let whole = try DeeperProcess(arguments + ["--output", "\(folder)/whole", "--json"])
            #expect(whole.status == 0, "\(whole.errors)")
            #expect(try whole.json()["outcome"] as? String == "finished")
            let part = "\(folder)/part"
            let stopped = try DeeperProcess(
                arguments + ["--output", part],
                script: """
                    "$0" "$@" & child=$!
                    until [ -e '\(part)/recipe.json' ] || ! kill -0 $child; do sleep 0.01; done
                    kill -TERM $child; wait $child
                    """)
            #expect(stopped.status == 143, "\(stopped.errors)")
            #expect(stopped.output.contains("stopped at step"))
            let resumed = try DeeperProcess(arguments + ["--output", part, "--resume", "--threads", "1"])
            #expect(resumed.status == 0, "\(resumed.errors)")
            for file in ["checkpoint.safetensors", "recipe.json"] {
                let files = try ["whole", "part"].map {
                    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)/\(file)"))
                }
                #expect(files[0] == files[1], "\(file)")
            }
            let steps = try ["whole", "part"].map {
                try String(contentsOfFile: "\(folder)/\($0)/steps.csv", encoding: .utf8).split(separator: "\n").map {
                    $0.split(separator: ",").dropLast()
                }
            }
            #expect(steps[0] == steps[1])
            #expect(try String(contentsOfFile: "\(part)/curve.svg", encoding: .utf8).hasPrefix("<svg "))

            let model = "\(folder)/model.onnx"
            let exported = try DeeperProcess(["export", "\(part)/checkpoint.safetensors", "-o", model, "--json"])
            #expect(exported.status == 0, "\(exported.errors)")
            let drawing = try DeeperProcess(["demo", "--pictures", "\(folder)/drawn"])
            #expect(drawing.status == 0, "\(drawing.errors)")
            let named = try DeeperProcess(["classify", "--model", model, "--top", "10", "\(folder)/drawn/cat.png"])
            #expect(named.errors.contains("labels and preprocessing from the model"))
            #expect(named.output.contains("  airplane\n") && named.output.contains("  truck\n"))
            let accuracy = try DeeperProcess([
                "eval", model, "--dataset", "cifar10:\(folder)/test.bin", "--mean", "0", "--std", "1", "--json",
            ])
            #expect(accuracy.status == 0, "\(accuracy.errors)")
            #expect(try accuracy.json()["top1"] as? Double == whole.json()["accuracy"] as? Double)
            let half = try DeeperProcess([
                "export", "\(part)/checkpoint.safetensors", "-o", "\(folder)/w.safetensors", "--half",
            ])
            #expect(half.status == 0, "\(half.errors)")
            let weighed = try DeeperProcess([
                "eval", "inception-cifar10", "--classes", "10", "--weights", "\(folder)/w.safetensors", "--dataset",
                "cifar10:\(folder)/test.bin", "--mean", "0", "--std", "1", "--json",
            ])
            #expect(weighed.status == 0, "\(weighed.errors)")
            #expect(weighed.errors.contains("labels and preprocessing from the model"))
            let (top1, halved) = (try accuracy.json()["top1"] as? Double, try weighed.json()["top1"] as? Double)
            #expect(abs(try #require(top1) - #require(halved)) <= 0.1)
            #expect(
                try String(contentsOfFile: "\(part)/labels.txt", encoding: .utf8).hasPrefix("airplane\nautomobile\n"))
        }
    }

    @Test(
        "a disk that refuses a checkpoint is an error that keeps the good one",
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)))
    func fullDisk() throws {
        try withRecipe { folder, arguments in
            let output = arguments + ["--output", "\(folder)/run"]
            let first = try DeeperProcess(output + ["--steps", "2"])
            #expect(first.status == 0, "\(first.errors)")
            let checkpoint = URL(fileURLWithPath: "\(folder)/run/checkpoint.safetensors")
            let good = try Data(contentsOf: checkpoint)
            // Files of at most 100 blocks of 512 or 1024 bytes.
            let refused = try DeeperProcess(
                output + ["--resume", "--steps", "1"], script: "ulimit -f 100; exec \"$0\" \"$@\"")
            #expect(refused.status == 65, "\(refused.status) \(refused.errors)")
            #expect(refused.errors.contains("checkpoint.safetensors"))
            #expect(try Data(contentsOf: checkpoint) == good)
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run")
            #expect(!names.contains { $0.hasSuffix(".tmp") })
        }
    }

    @Test("errors are reported with the exit code of their kind") func errors() throws {
        try withRecipe { folder, arguments in
            func failure(_ arguments: [String]) throws -> (Int32, String) {
                let result = try DeeperProcess(arguments)
                return (result.status, result.errors)
            }
            let output = ["--output", "\(folder)/run"]
            #expect(try failure(["train", "--config", "\(folder)/absent.json"] + output).0 == 66)
            try "{batsh: 1}".write(toFile: "\(folder)/bad.json", atomically: true, encoding: .utf8)
            let unknown = try failure(["train", "--config", "\(folder)/bad.json"] + output)
            #expect(unknown.0 == 65 && unknown.1.contains("bad.json") && unknown.1.contains("batsh"))
            #expect(try failure(["train", "--config", "\(folder)/recipe.json"]).0 == 64)
            #expect(try failure(["train", "--config", "\(folder)/recipe.json"] + output).1.contains("no data"))
            #expect(try failure(arguments + output + ["--resume"]).0 == 66)
            #expect(try failure(arguments + output + ["--resume", "--overwrite"]).0 == 64)
            #expect(try failure(["export", "\(folder)/train.bin", "-o", "\(folder)/x.onnx"]).0 == 65)
            #expect(try failure(["export", "\(folder)/absent", "-o", "\(folder)/x.onnx"]).0 == 66)
            #expect(try failure(["export", "\(folder)/train.bin", "-o", "\(folder)/x.txt"]).0 == 64)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/x.onnx"))
        }
        let shown = try DeeperProcess(["train", "--config", "googlenet-cifar10-article", "--show"])
        #expect(shown.status == 0 && shown.output.contains("\"googlenet-train\""))
    }
}
