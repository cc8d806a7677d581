import DeeperTestSupport
import Foundation
import FoundationXML
import Testing

@Suite(
    "output for terminals", .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct TerminalTests {
    private func run(_ arguments: [String], columns: Int) throws -> DeeperProcess {
        try DeeperProcess(arguments, script: "DEEPER_COLUMNS=\(columns) exec \"$0\" \"$@\"")
    }

    @Test(
        "tables fit the terminal",
        arguments: [
            ["summary", "googlenet"], ["summary", "builtin-int8"], ["ops", "googlenet"],
            ["ops", "googlenet", "--by", "module"], ["ops", "builtin-int8"], ["ops", "googlenet", "--by", "operator"],
            ["ops", "googlenet", "--paper"], ["ops", "--article"], ["plan", "builtin-int8"], ["kernels"], ["version"],
        ], [80, 100])
    func width(arguments: [String], columns: Int) throws { try checkWidth(arguments, columns: columns) }

    @Test(
        "tables of measurements fit the terminal", .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"),
        arguments: [
            ["plan", "googlenet", "--threads", "2"], ["demo"], ["verify", "builtin"],
            ["bench", "builtin", "--iterations", "2", "--warmup", "0", "--profile"],
            ["kernels", "builtin", "--rounds", "1", "--budget", "1"],
            ["compare", "--module", "3a", "--rounds", "1", "--budget", "1"],
            ["tune", "builtin", "--rounds", "1", "--output", "FOLDER/plan.json"],
            ["reduce", "builtin", "--output", "FOLDER/reduced.onnx", "--rank", "8"],
        ], [80, 100])
    func widthOfMeasurements(arguments: [String], columns: Int) throws {
        try checkWidth(arguments, columns: columns)
    }

    private func checkWidth(_ arguments: [String], columns: Int) throws {
        let result = try withTemporaryFolder { folder in
            try run(arguments.map { $0.replacing("FOLDER", with: folder) }, columns: columns)
        }
        #expect(result.status == 0, "\(result.errors)")
        // The path of a written file is never cut.
        for line in result.output.split(separator: "\n") where !line.contains("/deeper-") {
            #expect(line.count <= columns, "\(arguments): \(line)")
        }
    }

    @Test(
        "the help of every command fits 80 columns",
        arguments: [
            [], ["classify"], ["run"], ["eval"], ["check"], ["summary"], ["plan"], ["verify"], ["train"],
            ["export"], ["convert"], ["compile"], ["tune"], ["bench"], ["ops"], ["compare"], ["reduce"], ["quantize"],
            ["kernels"], ["view"], ["demo"], ["version"],
        ])
    func help(command: [String]) throws {
        let result = try DeeperProcess(command + ["--help"], script: "COLUMNS=80 exec \"$0\" \"$@\"")
        #expect(result.status == 0)
        for line in result.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("--wide has all columns and exact numbers, in lines of any length")
    func wide() throws {
        let narrow = try run(["plan", "googlenet"], columns: 80)
        let wide = try run(["plan", "googlenet", "--wide"], columns: 80)
        #expect(narrow.output.contains("…") && !wide.output.contains("…"))
        #expect(wide.output.contains("provider") && wide.output.contains("118,013,952"))
        #expect(narrow.output.contains("118 M") && !narrow.output.contains("provider"))
        #expect(try run(["ops", "googlenet", "--wide"], columns: 80).output.contains("1,582,671,872"))
    }

    @Test("files and programs get lines of any length") func pipes() throws {
        #expect(try !DeeperProcess(["plan", "googlenet"]).output.contains("…"))
    }

    @Test("an unknown network is answered with the list of those that are built in") func unknown() throws {
        let result = try DeeperProcess(["summary", "googlnet"])
        #expect(result.status == 66)
        #expect(result.errors.hasPrefix("error: ") && result.errors.contains("googlenet-naive, googlenet-train"))
    }

    @Test(
        "all errors start the same",
        arguments: [(["classify"], 64), (["nothing"], 64), (["plan", "/no/file.onnx"], 66)] as [([String], Int32)])
    func errors(arguments: [String], status: Int32) throws {
        let result = try DeeperProcess(arguments)
        #expect(result.status == status)
        #expect(result.errors.hasPrefix("error: "), "\(result.errors)")
    }

    @Test("a missing picture ends with 66, a broken one with 65") func pictures() throws {
        try withTemporaryFolder { folder in
            let broken = folder + "/broken.jpg"
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: broken))
            #expect(try DeeperProcess(["classify", folder + "/missing.jpg"]).status == 66)
            #expect(try DeeperProcess(["classify", broken]).status == 65)
            #expect(try DeeperProcess(["classify", folder + "/missing.jpg", broken]).status == 65)
        }
    }

    @Test("a model is drawn with a box for each node, as SVG or as a page", arguments: ["svg", "html"])
    func view(ending: String) throws {
        try withTemporaryFolder { folder in
            let file = folder + "/graph." + ending
            let result = try DeeperProcess(["view", "builtin", "--output", file, "--profile"])
            #expect(result.status == 0, "\(result.errors)")
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let nodes = try #require(try DeeperProcess(["summary", "builtin", "--json"]).json()["layers"] as? [Any])
                .count
            #expect(text.components(separatedBy: "class=\"box\"").count - 1 == nodes + 2)
            #expect(text.contains(" ms") && text.contains("MACs"))
            #expect(text.hasPrefix(ending == "svg" ? "<svg" : "<!doctype html>"))
            let svg = try #require(text.firstRange(of: "<svg"))
            let end = try #require(text.firstRange(of: "</svg>"))
            let parser = XMLParser(data: Data(text[svg.lowerBound..<end.upperBound].utf8))
            #expect(parser.parse())
        }
        #expect(try DeeperProcess(["view", "builtin", "--output", "graph.png"]).status == 64)
    }
}
