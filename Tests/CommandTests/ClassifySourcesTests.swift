import DeeperImaging
import DeeperTestSupport
import Foundation
import Testing

/// Which pictures `deeper classify` answers, in which order, and with how much memory.
@Suite(
    "sources of deeper classify",
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct ClassifySourcesTests {
    /// Calls `body` with a folder that has ten drawings, `airplane.png` to `truck.png`.
    private func withDrawings(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let demo = try DeeperProcess(["demo", "--pictures", "\(folder)/drawn"])
            try #require(demo.status == 0, "\(demo.errors)")
            try body("\(folder)/drawn")
        }
    }

    private func best(_ answer: [String: Any]) -> String? {
        (answer["top"] as? [[String: Any]])?.first?["label"] as? String
    }

    @Test("folders are read with all folders below them, in order, and their other files are counted")
    func folders() throws {
        try withDrawings { drawn in
            let files = FileManager.default
            let folder = "\(drawn)/../set"
            for (from, to) in [("cat", "b/inner"), ("ship", "b"), ("dog", "a"), ("frog", ".hidden")] {
                try files.createDirectory(atPath: "\(folder)/\(to)", withIntermediateDirectories: true)
                try files.copyItem(atPath: "\(drawn)/\(from).png", toPath: "\(folder)/\(to)/\(from).png")
            }
            try files.copyItem(atPath: "\(drawn)/deer.png", toPath: "\(folder)/b/deer.bak")
            try "notes".write(toFile: "\(folder)/a/notes.txt", atomically: true, encoding: .utf8)
            try files.createSymbolicLink(atPath: "\(folder)/b/loop", withDestinationPath: "..")
            let result = try DeeperProcess(["classify", "--json", "\(drawn)/truck.png", folder, "\(drawn)/horse.png"])
            #expect(result.status == 0, "\(result.errors)")
            let answers = try result.jsonLines()
            #expect(
                answers.map { $0["file"] as? String } == [
                    "\(drawn)/truck.png", "\(folder)/a/dog.png", "\(folder)/b/inner/cat.png", "\(folder)/b/ship.png",
                    "\(drawn)/horse.png",
                ])
            #expect(answers.map(best) == ["truck", "dog", "cat", "ship", "horse"])
            #expect(result.errors.contains("skipped 3 files in the folders: 1 hidden, 2 without"))
            #expect(result.errors.contains("b/loop: it is the same folder as \(folder), which is listed already"))
        }
    }

    @Test("- is one picture on standard input; input that is not a picture is reported in its place")
    func standardInput() throws {
        try withDrawings { drawn in
            func run(_ input: String, _ arguments: [String]) throws -> DeeperProcess {
                try DeeperProcess(["classify", "--json"] + arguments, script: "\(input) | \"$0\" \"$@\"")
            }
            let piped = try run("cat '\(drawn)/ship.png'", ["\(drawn)/cat.png", "-", "\(drawn)/dog.png"])
            #expect(piped.status == 0, "\(piped.errors)")
            #expect(
                try piped.jsonLines().map { $0["file"] as? String } == ["\(drawn)/cat.png", "-", "\(drawn)/dog.png"])
            #expect(try piped.jsonLines().map(best) == ["cat", "ship", "dog"])
            for (input, reason) in [
                ("true", "there are no bytes"), ("echo 'no picture'", "its first bytes are"),
            ] {
                let refused = try run(input, ["-", "\(drawn)/dog.png"])
                #expect(refused.status == 65)
                let answers = try refused.jsonLines()
                #expect((answers[0]["error"] as? String)?.contains(reason) == true, "\(answers[0])")
                #expect(best(answers[1]) == "dog")
            }
            #expect(try run("true", ["-", "-"]).status == 64)
        }
    }

    @Test("what cannot be read is reported in its place and counted; a folder without pictures is named")
    func failures() throws {
        try withDrawings { drawn in
            try FileManager.default.createDirectory(atPath: "\(drawn)/../empty", withIntermediateDirectories: true)
            try "no picture".write(toFile: "\(drawn)/bird2.png", atomically: true, encoding: .utf8)
            let result = try DeeperProcess(["classify", "--json", drawn, "\(drawn)/../empty", "/no/such.png"])
            #expect(result.status == 65)
            let answers = try result.jsonLines()
            #expect(answers.count == 13)
            #expect(answers[3]["file"] as? String == "\(drawn)/bird2.png" && answers[3]["error"] != nil)
            #expect(answers[0...2].map(best) == ["airplane", "automobile", "bird"])
            #expect(answers[4...10].compactMap(best) == ["cat", "deer", "dog", "frog", "horse", "ship", "truck"])
            let empty = try #require(answers[11]["error"] as? String)
            #expect(empty.hasPrefix("\(drawn)/../empty: ") && empty.contains(".png"), "\(empty)")
            #expect((answers[12]["error"] as? String)?.contains("/no/such.png") == true)
            #expect(result.errors.contains("3 of 13 pictures could not be read"))
        }
    }

    @Test("answers are printed as soon as they are known: the first one while later pictures are still to come")
    func streaming() throws {
        try withDrawings { drawn in
            // Standard input stays open until the first answer is in the file.
            let result = try DeeperProcess(
                ["classify", "--json", "\(drawn)/cat.png", "\(drawn)/dog.png", "-", "\(drawn)/ship.png"],
                script: """
                    mkfifo '\(drawn)/pipe'
                    "$0" "$@" <'\(drawn)/pipe' >'\(drawn)/answers' & child=$!
                    exec 3>'\(drawn)/pipe'
                    tries=0
                    until [ "$(wc -l <'\(drawn)/answers')" -ge 2 ] || [ $tries -ge 600 ]; do
                        sleep 0.1; tries=$((tries + 1))
                    done
                    wc -l <'\(drawn)/answers'
                    cat '\(drawn)/frog.png' >&3
                    exec 3>&-
                    wait $child || exit $?
                    cat '\(drawn)/answers'
                    """)
            #expect(result.status == 0, "\(result.errors)")
            let lines = result.output.split(separator: "\n")
            #expect(lines.first?.filter(\.isNumber) == "2")
            #expect(lines.count == 5 && lines[3].contains("\"-\"") && lines[4].contains("ship.png"))
        }
    }

    @Test("many pictures take no more memory than one")
    func memory() throws {
        try withTemporaryFolder { folder in
            // 36 MB each once decoded. The nearest pixels are quick to find, also without optimisation.
            let (width, height) = (4000, 3000)
            let picture = try Picture(
                width: width, height: height, pixels: [UInt8](repeating: 90, count: 3 * width * height))
            try PNGEncoder.write(picture, to: "\(folder)/0.png")
            for copy in 1..<12 {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/\(copy).png", withDestinationPath: "0.png")
            }
            let arguments = ["classify", "--threads", "1", "--filter", "nearest", "--top", "1"]
            let one = try DeeperProcess.peakByteCount(arguments + ["\(folder)/0.png"])
            let all = try DeeperProcess.peakByteCount(arguments + [folder])
            #expect(all < one + 40 << 20, "\(one) bytes for one, \(all) for twelve")
            let dataset = "folder:\(folder)/set"
            try FileManager.default.createDirectory(atPath: "\(folder)/set/cat", withIntermediateDirectories: true)
            for copy in 0..<12 {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/set/cat/\(copy).png", withDestinationPath: "../../0.png")
            }
            let measured = try DeeperProcess.peakByteCount(
                ["eval", "--threads", "1", "--filter", "nearest", "--dataset", dataset])
            #expect(measured < one + 40 << 20, "\(one) bytes for one, \(measured) for twelve")
        }
    }
}
