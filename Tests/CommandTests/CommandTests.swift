import DeeperTestSupport
import Foundation
import Testing

/// What scripts rely on: names, output formats and exit codes of the command.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct CommandTests {
    private let squeezeNet = TestData.path("models/squeezenet_v1.1.onnx")
    private let photo = TestData.path("images/imagenet/n01440764_tench.JPEG")

    @Test(
        "every command has a help text",
        arguments: [
            "classify", "run", "eval", "check", "summary", "plan", "verify", "bench", "ops", "compare", "reduce",
            "convert", "compile", "tune", "kernels", "demo", "version",
        ])
    func help(command: String) throws {
        let result = try DeeperProcess([command, "--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("OVERVIEW") && result.output.contains("deeper \(command)"))
    }

    @Test(
        "wrong usage ends with 64",
        arguments: [
            ["classify"], ["nonsense"], ["bench", "googlenet", "--batch", "0"],
            ["summary", "--frobnicate", "googlenet"],
            ["eval", "googlenet", "--random-weights", "--dataset", "what:ever"],
            ["bench", "googlenet", "--threads", "0"],
            ["bench", "googlenet", "--input", "data=a.npy", "--batch", "2"],
            ["bench", "googlenet", "--train", "--shape", "1,3,224,224"],
            ["bench", "googlenet", "--train", "--why"],
            ["verify", "googlenet", "--input", "data=a.npy", "--shape", "1,3,224,224"],
            ["verify", "googlenet", "--input", "data=a.npy", "--size", "224"],
            ["plan", "googlenet", "--batch", "0"], ["summary", "googlenet", "--size", "0"],
            ["kernels", "--size", "64"],
        ])
    func usage(arguments: [String]) throws {
        let result = try DeeperProcess(arguments)
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test("serve without a server next to the command ends with 66 and says what builds it")
    func serverless() throws {
        try withTemporaryFolder { folder in
            let result = try DeeperProcess(
                ["serve", "--port", "0"], script: "cp \"$0\" '\(folder)/deeper' && exec '\(folder)/deeper' \"$@\"")
            #expect(result.status == 66 && result.output.isEmpty)
            #expect(result.errors.contains("\(folder)/deeper-server: ") && result.errors.contains("`make build`"))
        }
    }

    @Test(
        "a missing file ends with 66 and is named",
        arguments: [
            ["summary", "/no/such/model.onnx"], ["bench", "/no/such/model.onnx"], ["check", "/no/such/folder"],
            ["eval", "googlenet", "--random-weights", "--dataset", "cifar10:/no/such/file"],
            ["plan", "googlenet", "--gemm", "packed", "--plan", "/no/such/file.plan"],
        ])
    func missing(arguments: [String]) throws {
        let result = try DeeperProcess(arguments)
        #expect(result.status == 66, "\(result.errors)")
        #expect(result.errors.contains("/no/such/"))
    }

    #if arch(x86_64)
    @Test("the list of packed products in docs/kernels.md is what the command prints")
    func routines() throws {
        let page = try String(contentsOf: TestData.packageRoot.appending(path: "docs/kernels.md"), encoding: .utf8)
        let lines = try DeeperProcess(["kernels"]).output.split(separator: "\n")
        #expect(lines.count > 1)
        // All but the last column, which says whether this CPU runs it.
        for line in lines { #expect(page.contains(line.dropLast(4)), "\(line)") }
    }
    #endif

    @Test("the command, the C library and its header are of one version") func version() throws {
        let header = try String(
            contentsOf: TestData.packageRoot.appending(path: "Sources/Interfaces/CDeeper/include/deeper.h"),
            encoding: .utf8)
        let version = try #require(DeeperProcess(["version", "--json"]).json()["deeper"] as? String)
        #expect(header.contains("#define DEEPER_VERSION \"\(version)\"\n"))
    }

    @Test("a file that is no model ends with 65 and is named")
    func noModel() throws {
        let result = try DeeperProcess(["summary", #filePath])
        #expect(result.status == 65)
        #expect(result.errors.contains("CommandTests.swift"))
    }

    @Test(
        "summary counts GoogLeNet exactly",
        arguments: [
            ("googlenet", 6_998_552, 1_582_671_872), ("googlenet-train", 13_378_280, 1_591_044_096),
            ("alexnet", 60_965_224, 724_406_816),
        ])
    func summary(name: String, parameters: Int, macs: Int) throws {
        let total = try DeeperProcess(["summary", name, "--json"]).json()["total"] as? [String: Int]
        #expect(total == ["parameters": parameters, "macs": macs])
    }

    @Test(
        "classify answers good pictures, reports broken ones in their place and ends with 65",
        .enabled(if: TestData.has("models/squeezenet_v1.1.onnx"), Comment(rawValue: TestData.absence)))
    func classify() throws {
        let files = [photo, #filePath, photo]
        let result = try DeeperProcess(
            ["classify", "--model", squeezeNet, "--preset", "caffe", "--crop", "227", "--top", "3", "--json"] + files)
        #expect(result.status == 65)
        let answers = try result.jsonLines()
        #expect(answers.map { $0["file"] as? String } == files)
        #expect(answers[1]["error"] != nil && answers[1]["top"] == nil)
        for index in [0, 2] {
            let top = try #require(answers[index]["top"] as? [[String: Any]])
            #expect(top.count == 3)
            #expect(top[0]["index"] as? Int == 0)
            #expect(abs((top[0]["score"] as? Double ?? 0) - 0.5469273) < 1e-3)
        }
    }

    @Test(
        "classify refuses a network that is no classifier and names file, output and type",
        .enabled(if: TestData.has("models/real/ppocrv5_det.onnx"), Comment(rawValue: TestData.absence)),
        arguments: [
            ("ppocrv5_det", "\"fetch_name_0\" float32[1, 1, 224, 224]"), ("ppocrv5_rec", "18385]"),
            ("ppocrv6_tiny_det", "float32[1, 1, 224, 224]"), ("basic_pitch", "172, 88]"),
        ])
    func noClassifier(name: String, output: String) throws {
        let file = TestData.path("models/real/\(name).onnx")
        let result = try DeeperProcess(["classify", "--model", file, photo])
        #expect(result.status == 65 && result.output.isEmpty)
        #expect(result.errors.contains("error: \(file): the model is no classifier: "), "\(result.errors)")
        #expect(result.errors.contains(output), "\(result.errors)")
    }

    @Test(
        "bench prints the keys that scripts read",
        .enabled(if: TestData.has("models/mnist-8.onnx"), Comment(rawValue: TestData.absence)))
    func bench() throws {
        let result = try DeeperProcess(["bench", TestData.path("models/mnist-8.onnx"), "--iterations", "3", "--json"])
        let keys = ["min_ms_per_image", "median_ms_per_image", "p90_ms_per_image", "gflops", "peak_rss_bytes"]
        let report = try result.json()
        for key in keys { #expect((report[key] as? Double ?? 0) > 0, "\(key)") }
    }

    @Test(
        "a batch that the model fixes otherwise is refused, not ignored",
        .enabled(if: TestData.has("models/mnist-8.onnx"), Comment(rawValue: TestData.absence)),
        arguments: ["bench", "plan", "verify", "kernels"])
    func fixedBatch(command: String) throws {
        let model = TestData.path("models/mnist-8.onnx")
        let result = try DeeperProcess([command, model, "--batch", "4"])
        #expect(result.status == 65)
        #expect(result.errors.contains("\(model): --batch 4 does not apply"), "\(result.errors)")
        #expect(result.errors.contains("\"Input3\" [1, 1, 28, 28]"), "\(result.errors)")
    }

    @Test(
        "bench --why explains a profile; JSON has a ratio or null for every step",
        .enabled(if: TestData.has("models/mnist-8.onnx"), Comment(rawValue: TestData.absence)))
    func profile() throws {
        let model = TestData.path("models/mnist-8.onnx")
        let text = try DeeperProcess(["bench", model, "--iterations", "2", "--why"]).output
        #expect(text.contains("x copy") && text.contains("judged"))
        let report = try DeeperProcess(["bench", model, "--iterations", "2", "--profile", "--json"]).json()
        let steps = try #require(report["steps"] as? [[String: Any]])
        #expect(steps.contains { $0["copy_ms"] is NSNull } && steps.contains { $0["copy_ms"] is Double })
        for step in steps {
            #expect((step["moved_bytes"] as? Int ?? 0) > 0)
            #expect((step["macs"] as? Int ?? 0 > 0) == (step["copy_ms"] is NSNull))
            let (time, copy) = (try #require(step["min_ms"] as? Double), step["copy_ms"] as? Double)
            if let copy, time >= 0.02 {
                // All three are rounded to the digits of JSON.
                #expect(abs(try #require(step["copy_ratio"] as? Double) * copy / time - 1) < 1e-12)
            } else {
                #expect(step["copy_ratio"] is NSNull)
            }
        }
    }

    @Test(
        "tune writes a file that the other commands follow",
        .enabled(if: TestData.has("models/mnist-8.onnx"), Comment(rawValue: TestData.absence)))
    func tune() throws {
        let model = TestData.path("models/mnist-8.onnx")
        try withTemporaryFolder { folder in
            let file = folder + "/model.plan"
            let report = try DeeperProcess([
                "tune", model, "-o", file, "--rounds", "1", "--gemm", "packed", "--json",
            ]).json()
            let convolutions = try #require(report["convolutions"] as? [[String: Any]])
            #expect(!convolutions.isEmpty)
            let plan = try DeeperProcess(["plan", model, "--gemm", "packed", "--plan", file, "--why"])
            #expect(plan.output.contains("tuned, direct"), "\(plan.errors)")
            #expect(try DeeperProcess(["bench", model, "--gemm", "openblas", "--plan", file]).status == 65)
            #expect(try DeeperProcess(["bench", model, "--gemm", "packed", "--plan", model]).status == 65)
        }
    }

    @Test(
        "compile writes a file that the other commands take, and says its size",
        .enabled(if: TestData.has("models/mnist-8.onnx"), Comment(rawValue: TestData.absence)))
    func compile() throws {
        try withTemporaryFolder { folder in
            let file = folder + "/model.deeper"
            let report = try DeeperProcess([
                "compile", TestData.path("models/mnist-8.onnx"), "-o", file, "--gemm", "packed", "--json",
            ]).json()
            #expect(report["bytes"] as? Int == (try Data(contentsOf: URL(fileURLWithPath: file)).count))
            #expect(try DeeperProcess(["bench", file, "--gemm", "packed", "--iterations", "1"]).status == 0)
        }
    }

    @Test(
        "run writes its outputs and verify finds no difference",
        .enabled(if: TestData.has("onnx/models/mnist_8"), Comment(rawValue: TestData.absence)))
    func run() throws {
        let model = TestData.path("onnx/models/mnist_8/model.onnx")
        try withTemporaryFolder { folder in
            let input = "Input3=" + TestData.path("onnx/models/mnist_8/test_data_set_0/input_0.pb")
            let result = try DeeperProcess(["run", model, "--input", input, "--output-dir", folder + "/out"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out").count == 1)
        }
        #expect(try DeeperProcess(["verify", model]).status == 0)
    }

    @Test(
        "check passes ONNX's converted PyTorch cases and ends with the count",
        .enabled(if: TestData.has("onnx/models"), Comment(rawValue: TestData.absence)))
    func check() throws {
        let result = try DeeperProcess(["check", TestData.path("onnx/models")])
        #expect(result.status == 0)
        #expect(result.output.hasSuffix("3 passed, 0 failed, 0 skipped\n"))
    }

    @Test(
        "eval reaches the known accuracy", .enabled(if: TestData.has("cifar10"), Comment(rawValue: TestData.absence)),
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)))
    func eval() throws {
        let cifar = try DeeperProcess([
            "eval", TestData.path("models/cifar10_resnet20.onnx"), "--dataset",
            "cifar10:" + TestData.path("cifar10/test_batch_lossless_1000.bin"), "--json",
        ]).json()
        #expect(abs((cifar["top1"] as? Double ?? 0) - 0.915) <= 0.002)
        let digits =
            TestData.path("mnist/t10k-images-idx3-ubyte.gz") + "," + TestData.path("mnist/t10k-labels-idx1-ubyte.gz")
        let mnist = try DeeperProcess([
            "eval", TestData.path("models/mnist-8.onnx"), "--dataset", "idx:" + digits, "--json",
        ]).json()
        #expect(abs((mnist["top1"] as? Double ?? 0) - 0.9891) < 1e-6)
    }
}
