import DeeperTestSupport
import Foundation
import Testing

/// Cases made after public bug reports about other engines, and models that newcomers use.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built beside the tests"))
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
