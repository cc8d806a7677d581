import DeeperTestSupport
import Foundation
import Testing

/// Random weights are no answer unless they are asked for.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct RandomWeightsTests {
    @Test(
        "commands whose results depend on weights refuse a network without any: 64, and they say what to do",
        arguments: [
            ["classify", "--model", "googlenet", "/no/photo.jpg"],
            ["classify", "--model", "alexnet", "--seed", "3", "x.jpg"],
            ["eval", "googlenet", "--dataset", "folder:FOLDER/set"],
            ["run", "googlenet", "--output-dir", "FOLDER/out"],
            ["convert", "googlenet", "-o", "FOLDER/out.onnx"],
            ["reduce", "inception-cifar10", "--rank", "2", "-o", "FOLDER/out.onnx"],
        ])
    func refused(arguments: [String]) throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/set/a", withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: "\(folder)/set/a/1.png"))
            let result = try DeeperProcess(arguments.map { $0.replacingOccurrences(of: "FOLDER", with: folder) })
            #expect(result.status == 64 && result.output.isEmpty, "\(result.status) \(result.errors)")
            for word in ["without weights", "--weights", "--random-weights"] { #expect(result.errors.contains(word)) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["set"])
        }
    }

    @Test("if asked for, they are used, by their seed, and the command says that the answers mean nothing")
    func asked() throws {
        try withTemporaryFolder { folder in
            let outputs = try ["1", "1", "2"].enumerated().map { number, seed in
                let output = "\(folder)/\(number).onnx"
                let result = try DeeperProcess([
                    "convert", "inception-cifar10", "--random-weights", "--seed", seed, "-o", output,
                ])
                #expect(result.status == 0, "\(result.errors)")
                #expect(
                    result.errors.contains("random weights of seed \(seed)") && result.errors.contains("mean nothing"))
                return try Data(contentsOf: URL(fileURLWithPath: output))
            }
            #expect(outputs[0] == outputs[1] && outputs[0] != outputs[2])
        }
    }

    @Test(
        "commands whose results do not depend on weights go on",
        arguments: [
            ["summary", "inception-cifar10"], ["ops", "inception-cifar10"], ["plan", "inception-cifar10"],
            ["ops", "inception-cifar10", "--counted"],
            ["bench", "inception-cifar10", "--iterations", "1", "--warmup", "0"],
            ["kernels", "inception-cifar10", "--rounds", "1", "--budget", "1"], ["verify", "inception-cifar10"],
        ])
    func unaffected(arguments: [String]) throws {
        let result = try DeeperProcess(arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("random weights") == (arguments[0] == "verify"), "\(result.errors)")
    }

    @Test(
        "options that a model with weights would ignore are wrong usage: 64",
        arguments: [["--weights", "w.onnx"], ["--random-weights"], ["--seed", "2"], ["--classes", "9"]])
    func ignored(options: [String]) throws {
        for model in ["builtin", "/no/file.onnx"] {
            let result = try DeeperProcess(["classify", "--model", model, "x.jpg"] + options)
            #expect(result.status == 64 && result.errors.contains(options[0]), "\(result.errors)")
            #expect(result.errors.contains("has weights of its own"))
        }
    }

    @Test("a file and random numbers exclude each other: 64")
    func both() throws {
        let result = try DeeperProcess([
            "classify", "--model", "googlenet", "--random-weights", "--weights", "w", "x.jpg",
        ])
        #expect(result.status == 64 && result.errors.contains("exclude"), "\(result.errors)")
    }
}
