import DeeperImaging
import DeeperTestSupport
import Foundation
import Testing

@Suite(
    "crops, ensembles and mistakes of deeper eval and classify",
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct CropCommandTests {
    /// The preprocessing of the built-in model with a crop, which it usually does not have.
    private let cropping = ["--preset", "inception-cifar10", "--resize", "40x40", "--crop", "32"]

    /// DIR/CLASS/CLASS.png with the drawings of `deeper demo`.
    private func withDrawings(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let demo = try DeeperProcess(["demo", "--pictures", "\(folder)/drawn"])
            #expect(demo.status == 0, "\(demo.errors)")
            for file in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/drawn") {
                let name = file.replacing(".png", with: "")
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/data/\(name)", withIntermediateDirectories: true)
                try FileManager.default.moveItem(
                    atPath: "\(folder)/drawn/\(file)", toPath: "\(folder)/data/\(name)/\(file)")
            }
            try body(folder)
        }
    }

    @Test("a table has one model and all of them, with each number of crops") func table() throws {
        try withDrawings { folder in
            let arguments = ["--dataset", "folder:\(folder)/data"] + cropping
            let table = try DeeperProcess(
                ["eval", "--ensemble", "builtin", "--ensemble", "builtin-int8", "--crops", "10,1", "--limit", "2"]
                    + arguments)
            #expect(table.status == 0, "\(table.errors)")
            let rows = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(
                rows.dropFirst().prefix(4).map { Array($0.prefix(3)) } == [
                    ["1", "1", "1"], ["1", "10", "10"], ["2", "1", "2"], ["2", "10", "20"],
                ], "\(table.output)")
            let json = try DeeperProcess(["eval", "--crops", "1", "--json"] + arguments).json()
            let plain = try DeeperProcess(["eval", "--json"] + arguments).json()
            #expect(json["top1"] as? Double == plain["top1"] as? Double)
            #expect((json["rows"] as? [[String: Any]])?.count == 1)
        }
    }

    @Test("two of the same model answer as one") func same() throws {
        try withDrawings { folder in
            let picture = "\(folder)/data/cat/cat.png"
            let one = try DeeperProcess(["classify", picture, "--json", "--crops", "10"] + cropping)
            let two = try DeeperProcess(
                ["classify", picture, "--json", "--crops", "10", "--ensemble", "builtin"] + cropping)
            #expect(one.status == 0 && one.output == two.output, "\(one.errors)")
            let alone = try DeeperProcess(["classify", picture, "--json", "--ensemble", "builtin-int8"])
            let int8 = try DeeperProcess(["classify", picture, "--json", "--model", "builtin-int8", "--crops", "1"])
            #expect(alone.status == 0 && alone.output == int8.output, "\(alone.errors)")
            let missing = try DeeperProcess(["classify", "\(folder)/none.png", "--crops", "10"] + cropping)
            #expect(missing.status == 66 && missing.output.contains("none.png"))
        }
    }

    @Test("mistakes are drawn, and the classes with the most of them listed") func mistakes() throws {
        try withDrawings { folder in
            // A cat among the dogs is a mistake.
            try FileManager.default.copyItem(atPath: "\(folder)/data/cat/cat.png", toPath: "\(folder)/data/dog/cat.png")
            let sheet = "\(folder)/sheet.svg"
            let found = try DeeperProcess(
                ["eval", "--dataset", "folder:\(folder)/data", "--errors", "5", "--error-sheet", sheet])
            #expect(found.status == 0, "\(found.errors)")
            #expect(found.output.contains("11 pictures: top-1 90.91 %"), "\(found.output)")
            #expect(found.output.contains("dog           2      1    50.0 %"), "\(found.output)")
            let text = try String(contentsOfFile: sheet, encoding: .utf8)
            #expect(text.components(separatedBy: "<image ").count == 2)
            #expect(text.contains(">cat.png<") && text.contains(">dog 0.") && text.contains(">cat 0."))
        }
    }

    @Test("a picture that cannot be cropped is reported, and the others are classified") func uncropped() throws {
        try withDrawings { folder in
            try PNGEncoder.write(
                Picture(width: 20_000, height: 8, pixels: [UInt8](repeating: 9, count: 3 * 20_000 * 8)),
                to: "\(folder)/data/cat/long.png")
            let options = ["--preset", "caffe", "--crop", "224", "--crops", "144", "--json"]
            let found = try DeeperProcess(
                ["classify", "\(folder)/data/cat/long.png", "\(folder)/none.png"] + options)
            #expect(found.status == 65 && found.output.contains("long.png") && found.output.contains("none.png"))
            let measured = try DeeperProcess(
                ["eval", "--dataset", "folder:\(folder)/data", "--crops", "144", "--limit", "2", "--json"] + cropping)
            #expect(measured.status == 0, "\(measured.errors)")
            #expect(try measured.json()["count"] as? Int == 2)
        }
    }

    @Test("models whose classes have other names or numbers are no ensemble") func otherClasses() throws {
        try withDrawings { folder in
            let names = BuiltinNames.reversed
            try names.write(toFile: "\(folder)/names.txt", atomically: true, encoding: .utf8)
            let other = "\(folder)/other.onnx"
            let converted = try DeeperProcess(
                ["convert", "builtin", "--output", other, "--labels", "\(folder)/names.txt"])
            #expect(converted.status == 0, "\(converted.errors)")
            let picture = "\(folder)/data/cat/cat.png"
            let mixed = try DeeperProcess(["classify", picture, "--ensemble", "builtin", "--ensemble", other])
            #expect(mixed.status == 65 && mixed.errors.contains("output 0 is \"airplane\""), "\(mixed.errors)")
        }
    }

    private enum BuiltinNames {
        static let reversed =
            ["truck", "ship", "horse", "frog", "dog", "deer", "cat", "bird", "automobile", "airplane"]
            .joined(separator: "\n") + "\n"
    }

    @Test("numbers of crops that do not exist, and preprocessing without a crop, are refused") func refused() throws {
        for crops in ["7", "", "1,1", "ten", "1,10,"] {
            #expect(try DeeperProcess(["eval", "--dataset", "folder:.", "--crops", crops]).status == 64)
        }
        #expect(try DeeperProcess(["classify", "a.png", "--crops", "1,10"]).status == 64)
        for options in [["--error-sheet", "a.svg"], ["--crops", "10", "--batch", "8"], ["--errors", "501"]] {
            #expect(try DeeperProcess(["eval", "--dataset", "folder:."] + options).status == 64)
        }
        try withDrawings { folder in
            let whole = try DeeperProcess(["classify", "\(folder)/data/cat/cat.png", "--crops", "10"])
            #expect(
                whole.status == 65 && whole.errors.contains("need a preprocessing with a centre crop"),
                "\(whole.errors)")
        }
    }

    @Test(
        "1, 10 and 144 crops of photographs give the averages of NumPy, Pillow and ONNX Runtime",
        .enabled(if: TestData.has("images/imagenet"), "\(TestData.absence)"),
        .enabled(if: PythonReference.has(module: "onnxruntime"), "\(PythonReference.absence)"),
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)), arguments: ["1", "10", "144"])
    func reference(crops: String) throws {
        let photos = ["n01440764_tench.JPEG", "n01530575_brambling.JPEG"].map { TestData.path("images/imagenet/\($0)") }
        let model = TestData.path("models/squeezenet_v1.1.onnx")
        #expect(try PythonReference.run(script: "crops.py", [DeeperProcess.path, model, crops] + photos) == 0)
    }
}
