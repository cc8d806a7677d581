import DeeperImaging
import DeeperTestSupport
import Foundation
import Testing

/// Which outputs belong to the classes of a data set, and what is reported about files that are left out.
@Suite(
    "data sets of deeper eval, reduce and train",
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct DataSetCommandTests {
    private let files = FileManager.default
    private let mnist = TestData.path("models/mnist-8.onnx")
    private let squeezeNet = TestData.path("models/squeezenet_v1.1.onnx")
    private let synsets = TestData.path("images/imagenet/synset_words.txt")

    /// Makes DIR/CLASS with links to photographs of ImageNet.
    private func link(_ classes: [(name: String, photo: String)], in folder: String) throws {
        for (name, photo) in classes {
            try files.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            try files.createSymbolicLink(
                atPath: "\(folder)/\(name)/\(photo)",
                withDestinationPath: TestData.path("images/imagenet/\(photo)"))
        }
    }

    private struct Expected: Decodable {
        struct Item: Decodable {
            let file: String
            let label: Int
            let top: [[Double]]

            enum CodingKeys: String, CodingKey {
                case file, label
                case top = "squeezenet_v1.1"
            }
        }

        let items: [Item]
    }

    /// The photographs with the class that Pillow and ONNX Runtime gave them.
    private func expected() throws -> [Expected.Item] {
        let data = try Data(contentsOf: URL(filePath: TestData.path("images/imagenet/expected_top5.json")))
        return try JSONDecoder().decode(Expected.self, from: data).items
    }

    /// The accuracy of SqueezeNet on folders of photographs.
    private func eval(_ folder: String, _ arguments: [String], preset: String = "caffe") throws -> DeeperProcess {
        try DeeperProcess(
            ["eval", squeezeNet, "--preset", preset, "--crop", "227", "--dataset", "folder:\(folder)"] + arguments)
    }

    @Test(
        """
        six folders, named after numbers, lines and names, get the accuracy that ONNX Runtime has; without names of \
        the outputs they are refused
        """,
        .enabled(if: TestData.has("images/imagenet"), "\(TestData.absence)"))
    func photographs() throws {
        try withTemporaryFolder { folder in
            let classes = [
                ("n01440764", "n01440764_tench.JPEG"), ("Brambling", "n01530575_brambling.JPEG"),
                ("water_ouzel", "n01601694_water_ouzel.JPEG"),
                ("n01641577 bullfrog, Rana catesbeiana", "n01641577_bullfrog.JPEG"),
                ("Alligator mississipiensis", "n01698640_American_alligator.JPEG"),
                ("night snake", "n01740131_night_snake.JPEG"),
            ]
            try link(classes, in: folder)
            let items = try expected().filter { item in classes.contains { $0.1 == item.file } }
            let hits = items.count { Int($0.top[0][0]) == $0.label }
            let measured = try eval(folder, ["--labels", synsets, "--json"])
            #expect(measured.status == 0, "\(measured.errors)")
            #expect(try measured.json()["count"] as? Int == 6)
            #expect(try measured.json()["top1"] as? Double == Double(hits) / 6)
            #expect(hits == 5)

            // The names of ImageNet's classes come with deeper.
            #expect(try eval(folder, ["--json"]).json()["top1"] as? Double == Double(hits) / 6)
            let refused = try eval(folder, [], preset: "raw")
            #expect(refused.status == 65 && refused.output.isEmpty)
            #expect(refused.errors.contains("6 classes") && refused.errors.contains("1000 outputs"))
            #expect(refused.errors.contains("--labels FILE"), "\(refused.errors)")

            try link([("zebrafinch", "n01440764_tench.JPEG")], in: folder)
            let unknown = try eval(folder, ["--labels", synsets])
            #expect(unknown.status == 65 && unknown.errors.contains("\"zebrafinch\""), "\(unknown.errors)")
            try files.moveItem(atPath: "\(folder)/zebrafinch", toPath: "\(folder)/crane")
            let ambiguous = try eval(folder, ["--labels", synsets])
            #expect(ambiguous.status == 65 && ambiguous.errors.contains("output 134"), "\(ambiguous.errors)")
        }
    }

    @Test(
        "a hundred folders get SqueezeNet's accuracy",
        .enabled(if: TestData.has("images/imagenet"), "\(TestData.absence)"),
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)))
    func allPhotographs() throws {
        try withTemporaryFolder { folder in
            let items = try expected()
            try link(items.map { (String($0.file.prefix(9)), $0.file) }, in: folder)
            let report = try eval(folder, ["--labels", synsets, "--json"]).json()
            #expect(report["top1"] as? Double == 0.68 && report["top5"] as? Double == 0.87)
        }
    }

    @Test("files that are not pictures are reported, each with its reason, and counted")
    func skipped() throws {
        try withTemporaryFolder { folder in
            let demo = try DeeperProcess(["demo", "--pictures", "\(folder)/drawn"])
            #expect(demo.status == 0, "\(demo.errors)")
            for name in ["cat", "ship"] {
                try files.createDirectory(atPath: "\(folder)/set/\(name)/inner", withIntermediateDirectories: true)
                for place in ["", "inner/"] {
                    try files.copyItem(
                        atPath: "\(folder)/drawn/\(name).png", toPath: "\(folder)/set/\(name)/\(place)1.png")
                }
                try files.copyItem(atPath: "\(folder)/drawn/\(name).png", toPath: "\(folder)/set/\(name)/1.bak")
            }
            try "no picture".write(toFile: "\(folder)/set/cat/2.png", atomically: true, encoding: .utf8)
            for number in 0..<30 { try Data().write(to: URL(filePath: "\(folder)/set/ship/.\(number)")) }
            let data = ["eval", "--dataset", "folder:\(folder)/set"]
            let result = try DeeperProcess(data)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.hasPrefix("4 pictures: top-1 100.00 %"))
            #expect(
                result.output.hasSuffix(
                    "33 files skipped (30 hidden, 2 without a picture's ending, 1 unreadable)\n"),
                "\(result.output)")
            let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("skipped: ") }
            #expect(lines.count == 33)
            #expect(lines.contains { $0.contains("cat/1.bak: ") && $0.contains("rename") })
            let report = try DeeperProcess(data + ["--json"]).json()
            #expect(report["skipped"] as? Int == 33)
            let entries = try #require(report["skipped_files"] as? [[String: String]])
            #expect(entries.count == 33 && entries.allSatisfy { $0["path"] != nil && $0["reason"] != nil })
            #expect(entries.contains { $0["path"] == "\(folder)/set/cat/2.png" })

            for name in ["cat", "ship"] {
                for place in ["", "inner/"] { try files.removeItem(atPath: "\(folder)/set/\(name)/\(place)1.png") }
            }
            let none = try DeeperProcess(data)
            #expect(none.status == 65 && none.errors.contains("none of 1 pictures can be read"), "\(none.errors)")
        }
    }

    @Test(
        "as many folders as outputs are taken in order, with a note; numbers beyond the outputs are refused",
        .enabled(if: TestData.has("models/mnist-8.onnx"), "\(TestData.absence)"))
    func order() throws {
        try withTemporaryFolder { folder in
            let digit = try Picture(width: 28, height: 28, pixels: [UInt8](repeating: 0, count: 3 * 28 * 28))
            for number in 0..<10 {
                try files.createDirectory(atPath: "\(folder)/set/\(number)", withIntermediateDirectories: true)
                try PNGEncoder.write(digit, to: "\(folder)/set/\(number)/1.png")
            }
            let options = ["--preset", "raw", "--order", "luma"]
            let set = ["eval", mnist, "--dataset", "folder:\(folder)/set"] + options
            let ordered = try DeeperProcess(set)
            #expect(ordered.status == 0 && ordered.errors.contains("note: "), "\(ordered.errors)")
            #expect(ordered.errors.contains("outputs 0 to 9") && ordered.output.contains("10.00 %"))
            try (0..<10).map(String.init).joined(separator: "\n").write(
                toFile: "\(folder)/labels.txt", atomically: true, encoding: .utf8)
            let named = try DeeperProcess(set + ["--labels", "\(folder)/labels.txt"])
            #expect(
                named.status == 0 && !named.errors.contains("without labels") && named.output == ordered.output,
                "\(named.errors)")
            try files.createDirectory(atPath: "\(folder)/set/10", withIntermediateDirectories: true)
            #expect(try DeeperProcess(set).errors.contains("11 classes"))

            // Twelve black pictures with labels 0 to 11.
            let pictures = Data(
                [0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 28, 0, 0, 0, 28] + [UInt8](repeating: 0, count: 9408))
            try pictures.write(to: URL(filePath: "\(folder)/images"))
            func idx(_ labels: Range<UInt8>, _ options: [String] = []) throws -> DeeperProcess {
                try Data([0, 0, 8, 1, 0, 0, 0, 12] + (0..<12).map { min($0, labels.upperBound - 1) }).write(
                    to: URL(filePath: "\(folder)/labels"))
                let set = "idx:\(folder)/images,\(folder)/labels"
                return try DeeperProcess(["eval", mnist, "--dataset", set] + options)
            }
            let named10 = ["--labels", "\(folder)/labels.txt"]
            let beyond = try idx(0..<12)
            #expect(beyond.status == 65 && beyond.errors.contains("labels 0 to 11"), "\(beyond.errors)")
            let beyondNames = try idx(0..<12, named10)
            #expect(beyondNames.status == 65 && beyondNames.errors.contains("labels up to 11"), "\(beyondNames.errors)")
            let fewer = try idx(0..<5)
            #expect(fewer.status == 65 && fewer.errors.contains("labels 0 to 4 and the network has 10 outputs"))
            let fewerNames = try idx(0..<5, named10)
            #expect(fewerNames.status == 0, "\(fewerNames.errors)")
        }
    }

    @Test(
        "reduce matches the classes too, before the long work, and skips what is broken",
        .enabled(if: TestData.has("models/mnist-8.onnx"), "\(TestData.absence)"))
    func reduce() throws {
        try withTemporaryFolder { folder in
            let digit = try Picture(width: 28, height: 28, pixels: [UInt8](repeating: 0, count: 3 * 28 * 28))
            for number in 7..<9 {
                try files.createDirectory(atPath: "\(folder)/set/\(number)", withIntermediateDirectories: true)
                try PNGEncoder.write(digit, to: "\(folder)/set/\(number)/1.png")
            }
            try "no picture".write(toFile: "\(folder)/set/7/2.png", atomically: true, encoding: .utf8)
            let small = try Picture(width: 20, height: 20, pixels: [UInt8](repeating: 0, count: 3 * 20 * 20))
            try PNGEncoder.write(small, to: "\(folder)/set/7/3.png")
            try (0..<10).map(String.init).joined(separator: "\n").write(
                toFile: "\(folder)/labels.txt", atomically: true, encoding: .utf8)
            let arguments = [
                "reduce", mnist, "-o", "\(folder)/r.onnx", "--rank", "4", "--method", "svd", "--rounds", "1",
                "--preset",
                "raw", "--order", "luma", "--crop", "28", "--calibrate", "\(folder)/set", "--evaluate",
                "folder:\(folder)/set",
                "--json",
            ]
            let refused = try DeeperProcess(arguments)
            #expect(refused.status == 65 && refused.errors.contains("2 classes"), "\(refused.errors)")
            #expect(!files.fileExists(atPath: "\(folder)/r.onnx"))
            let result = try DeeperProcess(arguments + ["--labels", "\(folder)/labels.txt"])
            #expect(result.status == 0, "\(result.errors)")
            let agreement = try #require(try result.json()["agreement"] as? [String: Any])
            #expect(agreement["pictures"] as? Int == 2 && agreement["accuracy_before"] != nil)
            // Once by the calibration, once by the comparison.
            let entries = try #require(try result.json()["skipped_files"] as? [[String: String]])
            let expected = ["\(folder)/set/7/2.png", "\(folder)/set/7/3.png"]
            #expect(entries.map { $0["path"] } == expected + expected)
            #expect(result.errors.contains("3.png: ") && result.errors.contains("crop"), "\(result.errors)")
        }
    }

    @Test("train says what it leaves out, and refuses pictures of other classes than the network's")
    func train() throws {
        try withTemporaryFolder { folder in
            let picture = try Picture(width: 32, height: 32, pixels: [UInt8](repeating: 7, count: 3 * 32 * 32))
            for name in ["a", "b"] {
                try files.createDirectory(atPath: "\(folder)/set/\(name)", withIntermediateDirectories: true)
                try PNGEncoder.write(picture, to: "\(folder)/set/\(name)/1.png")
            }
            try "no picture".write(toFile: "\(folder)/set/a/2.png", atomically: true, encoding: .utf8)
            try "notes".write(toFile: "\(folder)/set/notes.txt", atomically: true, encoding: .utf8)
            func train(classes: Int) throws -> DeeperProcess {
                try "{batch: 2, epochs: 1, classes: \(classes), network: \"inception-cifar10\"}".write(
                    toFile: "\(folder)/recipe.json", atomically: true, encoding: .utf8)
                return try DeeperProcess([
                    "train", "--config", "\(folder)/recipe.json", "--train", "\(folder)/set", "-o", "\(folder)/run",
                    "--overwrite", "--steps", "1", "--json",
                ])
            }
            let refused = try train(classes: 10)
            #expect(refused.status == 65 && refused.errors.contains("2 classes"), "\(refused.errors)")
            #expect(refused.errors.contains("10 outputs"))
            let result = try train(classes: 2)
            #expect(result.status == 0, "\(result.errors)")
            for file in ["a/2.png: ", "notes.txt: its name does not end like"] {
                #expect(result.errors.contains("skipped: \(folder)/set/\(file)"), "\(result.errors)")
            }
            let entries = try #require(try result.json()["skipped_files"] as? [[String: String]])
            #expect(entries.map { $0["path"] } == ["\(folder)/set/notes.txt", "\(folder)/set/a/2.png"])
            // With other classes every label would mean something else.
            try files.moveItem(atPath: "\(folder)/set/a", toPath: "\(folder)/set/z")
            let renamed = try DeeperProcess([
                "train", "--config", "\(folder)/recipe.json", "--train", "\(folder)/set", "-o", "\(folder)/run",
                "--resume", "--steps", "1",
            ])
            #expect(renamed.status == 65, "\(renamed.errors)")
            #expect(renamed.errors.contains("class 0 is \"a\" in the checkpoint and \"b\" in"), "\(renamed.errors)")
        }
    }
}
