import DeeperTestSupport
import Foundation
import Testing

@Suite("deeper quantize", .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct QuantizeCommandTests {
    private static let cifar = "cifar10/test_batch_lossless_1000.bin"
    private let pictures = "cifar10:" + TestData.path(cifar)

    @Test(
        "a model comes out that runs, with a report as JSON and as a picture",
        .enabled(if: TestData.has(cifar), "\(TestData.absence)"),
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func quantize() throws {
        try withTemporaryFolder { folder in
            let (output, picture) = (folder + "/q.onnx", folder + "/q.svg")
            let result = try DeeperProcess([
                "quantize", "builtin", "-o", output, "--calibrate", pictures, "--pictures", "24", "--evaluate",
                pictures, "--agreement", "0.5", "--keep", "inception_5b*", "--rounds", "1", "--picture", picture,
                "--json",
            ])
            #expect(result.status == 0, "\(result.errors)")
            for text in [
                "\"type\" : \"int8\"", "\"type\" : \"float32\"", "\"snr_db\"", "\"held_back\"", "\"accuracy_after\"",
                "\"ms_after\"", "\"calibration_inputs\" : 16",
            ] {
                #expect(result.output.contains(text), "\(text) \(result.output)")
            }
            #expect(try String(contentsOfFile: picture, encoding: .utf8).hasPrefix("<svg "))
            let evaluation = try DeeperProcess(["eval", output, "--dataset", pictures, "--limit", "50"])
            #expect(evaluation.status == 0, "\(evaluation.errors)")
            // What is quantised once is not quantised twice.
            let again = try DeeperProcess(["quantize", output, "-o", folder + "/r.onnx", "--calibrate", pictures])
            #expect(again.status == 65 && again.errors.contains("quantised already"), "\(again.errors)")
        }
    }

    @Test(
        "wrong usage ends with 64",
        arguments: [
            [], ["--calibrate", "x", "--agreement", "1.5"], ["--calibrate", "x", "--pictures", "0"],
            ["--calibrate", "x", "--ranges", "magic"], ["--calibrate", "x", "--rounds", "0"],
        ])
    func usage(arguments: [String]) throws {
        let result = try DeeperProcess(["quantize", "builtin", "-o", "/tmp/never.onnx"] + arguments)
        #expect(result.status == 64, "\(result.errors)")
    }

    @Test("missing pictures and layers are refused, and an existing file stays") func refusals() throws {
        try withTemporaryFolder { folder in
            let output = folder + "/good.onnx"
            try "good".write(toFile: output, atomically: true, encoding: .utf8)
            try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: false)
            let cases: [(arguments: [String], status: Int32, text: String)] = [
                (["--calibrate", folder + "/none"], 66, "/none"),
                (["--calibrate", folder + "/empty"], 65, "there are no pictures"),
                (["--calibrate", folder + "/empty", "--keep", "nothing*"], 65, "--keep nothing* matches no node"),
            ]
            for (arguments, status, text) in cases {
                let result = try DeeperProcess(["quantize", "builtin", "-o", output] + arguments)
                #expect(result.status == status, "\(arguments) \(result.errors)")
                #expect(result.errors.contains(text), "\(arguments) \(result.errors)")
            }
            #expect(try String(contentsOfFile: output, encoding: .utf8) == "good")
            let nowhere = try DeeperProcess(["quantize", "builtin", "-o", folder + "/no/x.onnx", "--calibrate", folder])
            #expect(nowhere.status == 66, "\(nowhere.errors)")
        }
    }
}
