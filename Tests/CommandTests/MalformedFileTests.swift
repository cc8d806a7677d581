import DeeperTestSupport
import Foundation
import Testing

/// Broken files give an answer or a clear error, never a crash or a hang.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct MalformedFileTests {
    private struct Verdict: Decodable {
        let checker: String
        let runtime: String

        enum CodingKeys: String, CodingKey {
            case checker = "onnx.checker"
            case runtime = "ort"
        }

        var isRejectedByBoth: Bool { !checker.hasPrefix("accept") && !runtime.hasPrefix("runs") }
    }

    private static let files = TestData.files(under: "malformed/onnx", endings: ["onnx"])

    @Test(
        "no broken ONNX file crashes or hangs, and none that both checkers reject is accepted",
        .enabled(if: TestData.has("malformed/onnx"), Comment(rawValue: TestData.absence)))
    func onnx() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: TestData.path("malformed/onnx/verdicts.json")))
        let verdicts = try JSONDecoder().decode([String: Verdict].self, from: data)
        #expect(!Self.files.isEmpty)
        for file in Self.files {
            let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            let start = ContinuousClock.now
            // Address space, not memory: OpenBLAS alone maps hundreds of MiB that it never touches.
            let result = try DeeperProcess(
                ["bench", file, "--iterations", "1", "--warmup", "0", "--threads", "1"], memoryLimitKiB: 4 << 20)
            #expect(result.status == 0 || result.status == 65, "\(name): status \(result.status) \(result.errors)")
            if result.status == 65 { #expect(result.errors.contains("error: "), "\(name)") }
            if verdicts[name]?.isRejectedByBoth == true { #expect(result.status == 65, "\(name) is accepted") }
            // A hang, not a slow machine: each takes milliseconds.
            #expect(ContinuousClock.now - start < .seconds(60), "\(name)")
        }
    }

    private static let pictures = TestData.files(under: "images/odd", endings: ["jpg", "jpeg", "png"])

    @Test(
        "odd pictures are decoded, or refused, within 1 GiB",
        .enabled(if: TestData.has("images/odd"), Comment(rawValue: TestData.absence)),
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)))
    func pictureMemory() throws {
        let arguments = ["classify", "--threads", "1", "--json"] + Self.pictures
        // Libraries are mapped within the limit too; more threads would give OpenBLAS more buffers.
        let bounded = try DeeperProcess(
            arguments, script: "ulimit -v \(1 << 20); OPENBLAS_NUM_THREADS=1 exec \"$0\" \"$@\"")
        #expect(bounded.status == 65)
        #expect(try bounded.jsonLines().compactMap { $0["file"] as? String } == Self.pictures)
        #expect(bounded.output == (try DeeperProcess(arguments)).output)
    }
}
