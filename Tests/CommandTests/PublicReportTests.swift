import DeeperTestSupport
import Foundation
import Testing

/// Cases made after public bug reports about other engines, and models that newcomers use.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct PublicReportTests {
    @Test(
        "all cases pass, in every form", .enabled(if: TestData.has("cases"), "\(TestData.absence)"),
        arguments: [[], ["--raw-graph"], ["--isa", "portable"], ["--gemm", "openblas"]] as [[String]])
    func cases(form: [String]) throws {
        let result = try DeeperProcess(["check", TestData.path("cases")] + form)
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains(" 0 failed, 0 skipped"))
    }

    @Test(
        "detectors of open size are listed, counted and timed at a size that fits",
        .enabled(if: TestData.has("models/real"), "\(TestData.absence)"))
    func detectors() throws {
        let model = TestData.path("models/real/ppocrv6_tiny_det.onnx")
        let open = try DeeperProcess(["summary", model])
        #expect(open.status == 0, "\(open.errors)")
        #expect(open.output.contains("DynamicDimension.1/32"))
        for command in [["summary", model], ["ops", model]] {
            let fixed = try DeeperProcess(command + ["--json", "--shape", "x=1,3,96,64"])
            #expect(fixed.status == 0, "\(fixed.errors)")
        }
        let timed = try DeeperProcess(["bench", model, "--iterations", "1", "--warmup", "0", "--shape", "1,3,64,96"])
        #expect(timed.status == 0, "\(timed.errors)")
    }

    @Test(
        "summary, plan, verify and kernels take the size and the shape of open pictures, as bench does",
        .enabled(if: TestData.has("models/real"), "\(TestData.absence)"),
        arguments: [["--size", "64"], ["--shape", "x=1,3,64,64"], ["--shape", "1,3,64,64"]])
    func sizes(options: [String]) throws {
        let model = TestData.path("models/real/ppocrv6_tiny_det.onnx")
        func json(_ command: String, _ further: [String] = []) throws -> [String: Any] {
            let result = try DeeperProcess([command, model, "--json"] + options + further)
            #expect(result.status == 0, "\(command): \(result.errors)")
            return try result.json()
        }
        let layers = try #require(json("summary")["layers"] as? [[String: Any]])
        #expect(layers.last?["shape"] as? [Int] == [1, 1, 64, 64])
        // The batch stays open unless --shape fixes it.
        let symbols = try #require(layers.last?["symbolic_shape"] as? [String])
        #expect(Array(symbols.dropFirst()) == ["1", "64", "64"] && (symbols[0] == "1") == (options[0] == "--shape"))
        let steps = try #require(json("plan")["steps"] as? [[String: Any]])
        #expect(steps.last?["output"] as? [Int] == [1, 1, 64, 64])
        let kernels = try json("kernels", ["--rounds", "1", "--budget", "1"])
        let rows = try #require(kernels["shapes"] as? [[String: Any]]).compactMap { $0["m"] as? Int }
        // The first convolution halves the sides.
        #expect(rows.first == 32 * 32)
        let verified = try DeeperProcess(["verify", model] + options)
        #expect(verified.status == 0, "\(verified.errors)")
    }

    @Test(
        "convolutions of 8-bit numbers are timed too, against a peak of their own",
        .enabled(if: TestData.has("quantized"), "\(TestData.absence)"))
    func integerKernels() throws {
        let model = TestData.path("quantized/googlenet_bvlc.qdq.onnx")
        let report = try DeeperProcess(["kernels", model, "--rounds", "1", "--budget", "1", "--json"]).json()
        let shapes = try #require(report["shapes"] as? [[String: Any]])
        // All 57 convolutions and the classifier are products of integers, some of them of the same shape.
        #expect(shapes.count > 40 && shapes.allSatisfy { ["uint8", "int16"].contains($0["multiplied"] as? String) })
        #expect(report["peak_gflops"] == nil)
        let peaks = try #require(report["integer_peaks_gops"] as? [String: Double])
        #expect(peaks.values.allSatisfy { $0 > 0 })
        #expect(shapes.allSatisfy { ($0["direct"] as? [String: Double])?["gflops"] ?? 0 > 0 })
    }

    @Test(
        "--shape that does not fit says why", .enabled(if: TestData.has("models/real"), "\(TestData.absence)"),
        arguments: [
            ("1,4,64,64", 65, "declares"), ("y=1,3,64,64", 65, "no input \"y\""), ("x=1,3", 65, "declares"),
            ("x=1,3,64,a", 64, "expected NAME=EXTENT"), ("x=", 64, "expected NAME=EXTENT"),
            ("x=1,3,40,64", 65, "do not broadcast"),
        ])
    func refusedShapes(shape: String, status: Int32, message: String) throws {
        let model = TestData.path("models/real/ppocrv6_tiny_det.onnx")
        let result = try DeeperProcess(["summary", model, "--shape", shape])
        #expect(result.status == status && result.errors.contains(message), "\(result.errors)")
    }
}
