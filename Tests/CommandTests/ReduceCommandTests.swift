import DeeperTestSupport
import Foundation
import Testing

@Suite(
    "deeper compare, reduce and convert",
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct ReduceCommandTests {
    private let mnist = TestData.path("models/mnist-8.onnx")

    @Test("compare counts and times both forms, and draws them") func compare() throws {
        try withTemporaryFolder { folder in
            let plot = folder + "/compare.svg"
            let result = try DeeperProcess(
                [
                    "compare", "--naive", "--reduced", "--module", "5a", "--rounds", "2", "--budget", "1", "--json",
                    "--plot", plot,
                ])
            #expect(result.status == 0, "\(result.errors)")
            for text in [
                "\"naive\"", "\"macs\" : 258306048", "\"macs\" : 51079168", "\"median_ms\"", "\"predicted_ratio\"",
            ] {
                #expect(result.output.contains(text), "\(text)")
            }
            #expect(try String(contentsOfFile: plot, encoding: .utf8).hasPrefix("<svg "))
        }
        let alone = try DeeperProcess(["compare", "--reduced", "--module", "5a", "--rounds", "1", "--budget", "1"])
        #expect(alone.status == 0)
        #expect(alone.output.contains("51,079,168") && !alone.output.contains("258,306,048"))
    }

    @Test(
        "reduce writes a model that runs, and reports it",
        .enabled(if: TestData.has("models/mnist-8.onnx"), "\(TestData.absence)"))
    func reduce() throws {
        try withTemporaryFolder { folder in
            let output = folder + "/reduced.onnx"
            let result = try DeeperProcess(
                ["reduce", mnist, "-o", output, "--rank", "4", "--method", "svd", "--rounds", "2", "--json"])
            #expect(result.status == 0, "\(result.errors)")
            for text in [
                "\"ranks\" : [", "\"break_even_rank\"", "\"weight_error\"", "\"output_error\"", "\"ms_after\"",
            ] {
                #expect(result.output.contains(text), "\(text)")
            }
            #expect(try DeeperProcess(["summary", output]).output.contains("_reduced"))
            #expect(try DeeperProcess(["bench", output, "--iterations", "1"]).status == 0)
        }
    }

    @Test(
        "reduce: wrong usage ends with 64",
        arguments: [
            [], ["--rank", "2", "--macs", "0.5"], ["--rank", "0"], ["--macs", "0"], ["--macs", "1.5"],
            ["--energy", "-1"],
            ["--latency", "0"], ["--rank", "2", "--method", "magic"],
        ])
    func usage(arguments: [String]) throws {
        let result = try DeeperProcess(["reduce", "googlenet", "-o", "/tmp/never.onnx"] + arguments)
        #expect(result.status == 64, "\(result.errors)")
    }

    @Test("reduce: impossible budgets, ranks and pictures are refused; a good file stays") func refusals() throws {
        try withTemporaryFolder { folder in
            let output = folder + "/good.onnx"
            try "good".write(toFile: output, atomically: true, encoding: .utf8)
            try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: false)
            try FileManager.default.createDirectory(atPath: folder + "/broken", withIntermediateDirectories: false)
            try "no picture".write(toFile: folder + "/broken/a.jpg", atomically: true, encoding: .utf8)
            let cases: [(arguments: [String], status: Int32, text: String)] = [
                (["--rank", "89", "--layers", "inception_3a/3x3", "--method", "svd"], 65, "break-even rank is 88.6"),
                (["--macs", "0.0001"], 65, "cannot be kept"),
                (["--rank", "2", "--layers", "nothing*"], 65, "no convolution is chosen"),
                (["--rank", "2", "--calibrate", folder + "/none"], 66, "/none"),
                (["--rank", "2", "--calibrate", folder + "/empty"], 65, "there are no pictures"),
                (["--rank", "2", "--calibrate", folder + "/broken"], 65, "a.jpg"),
                (["--rank", "2", "--evaluate", folder + "/broken"], 65, "a.jpg"),
            ]
            for (arguments, status, text) in cases {
                let result = try DeeperProcess(
                    ["reduce", "googlenet", "--random-weights", "-o", output] + arguments)
                #expect(result.status == status, "\(arguments) \(result.errors)")
                #expect(result.errors.contains(text), "\(arguments) \(result.errors)")
            }
            #expect(try String(contentsOfFile: output, encoding: .utf8) == "good")
            #expect(
                try DeeperProcess([
                    "reduce", "googlenet", "--random-weights", "-o", folder + "/no/x.onnx", "--rank", "2",
                ]).status == 66)
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == ["good.onnx", "empty", "broken"])
        }
    }

    @Test("convert writes a built-in network") func convert() throws {
        try withTemporaryFolder { folder in
            let output = folder + "/googlenet.onnx"
            let result = try DeeperProcess([
                "convert", "googlenet", "--random-weights", "--size", "64", "-o", output, "--json",
            ])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("\"nodes\" : 143"))
            #expect(try DeeperProcess(["ops", output, "--json"]).output.contains("\"parameters\" : 6998552"))
            #expect(
                try DeeperProcess(["convert", "googlenet", "--random-weights", "-o", folder + "/no/x.onnx"]).status
                    == 66)
        }
    }
}
