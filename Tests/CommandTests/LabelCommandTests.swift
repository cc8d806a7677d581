import DeeperTestSupport
import Foundation
import Testing

/// Labels and preprocessing that models hold, that options give, and that are assumed.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct LabelCommandTests {
    private static let squeezeNet = "models/squeezenet_v1.1.onnx"
    private static let photograph = "images/imagenet/n01440764_tench.JPEG"
    private static let hasONNX = PythonReference.has(module: "onnx")

    private func classify(_ model: String, _ picture: String, _ options: String...) throws -> (
        DeeperProcess, [[String: Any]]
    ) {
        let result = try DeeperProcess(["classify", "--json", "--top", "3", "--model", model] + options + [picture])
        #expect(result.status == 0, "\(result.errors)")
        return (result, try #require(try result.json()["top"] as? [[String: Any]]))
    }

    @Test(
        "a model that says nothing: a preset is assumed, the crop is its own, names are ImageNet's, and notes say so",
        .enabled(if: TestData.has(squeezeNet), Comment(rawValue: TestData.absence)))
    func assumed() throws {
        let (model, picture) = (
            TestData.path(LabelCommandTests.squeezeNet), TestData.path(LabelCommandTests.photograph)
        )
        let (result, top) = try classify(model, picture)
        #expect(result.errors.contains("no preprocessing known, assuming preset caffe; give --preset"))
        #expect(result.errors.contains("taken for ImageNet's"))
        #expect(top[0]["label"] as? String == "tench, Tinca tinca")
        let (explicit, same) = try classify(model, picture, "--preset", "caffe", "--crop", "227")
        #expect(!explicit.errors.contains("assuming"))
        #expect(same as NSArray == top as NSArray)
        // Another preset is not ImageNet's.
        let raw = try DeeperProcess([
            "classify", "--model", model, "--preset", "raw", "--resize", "227x227", "--json", picture,
        ])
        #expect(raw.status == 0 && !raw.output.contains("label"), "\(raw.errors)")
    }

    @Test(
        "convert, compile and reduce write what options give; the files then need no options",
        .enabled(if: TestData.has(squeezeNet), Comment(rawValue: TestData.absence)))
    func written() throws {
        let (model, picture) = (
            TestData.path(LabelCommandTests.squeezeNet), TestData.path(LabelCommandTests.photograph)
        )
        let expected = try classify(model, picture, "--preset", "torchvision").1
        try withTemporaryFolder { folder in
            let names = (0..<1000).map { "class \($0)" }
            try names.joined(separator: "\n").write(toFile: folder + "/names.txt", atomically: true, encoding: .utf8)
            let onnx = folder + "/a.onnx"
            var made = try DeeperProcess([
                "convert", model, "--preset", "torchvision", "--labels", folder + "/names.txt", "-o", onnx,
            ])
            #expect(made.status == 0, "\(made.errors)")
            made = try DeeperProcess(["compile", onnx, "-o", folder + "/a.deeper"])
            #expect(made.status == 0, "\(made.errors)")
            for file in [onnx, folder + "/a.deeper"] {
                let (result, top) = try classify(file, picture)
                #expect(result.errors.contains("note: labels and preprocessing from the model\n"))
                #expect(top.map { $0["index"] as? Int } == expected.map { $0["index"] as? Int })
                #expect(top.allSatisfy { $0["label"] as? String == "class \($0["index"] as? Int ?? -1)" })
            }
            // Options come before what the model says.
            let (explicit, top) = try classify(onnx, picture, "--preset", "caffe")
            #expect(explicit.errors.contains("note: labels from the model\n"))
            #expect(top[0]["label"] as? String == "class 0")

            made = try DeeperProcess([
                "reduce", onnx, "--rank", "8", "--layers", "*expand3x3*", "--rounds", "1", "-o", folder + "/r.onnx",
            ])
            #expect(made.status == 0, "\(made.errors)")
            #expect(
                try classify(folder + "/r.onnx", picture).0.errors.contains("labels and preprocessing from the model"))
            // Another number of labels than of classes is refused before anything is written.
            try "one".write(toFile: folder + "/few.txt", atomically: true, encoding: .utf8)
            let few = try DeeperProcess(["convert", model, "--labels", folder + "/few.txt", "-o", folder + "/b.onnx"])
            #expect(few.status == 65 && few.errors.contains("1 labels for 1000 classes"), "\(few.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/b.onnx"))
            // Guessed names are not written, those that are asked for are.
            for (arguments, line) in [
                ([], "without labels"), (["--labels", "imagenet"], "labels and preprocessing from"),
            ] {
                let plain = try DeeperProcess(
                    ["convert", model, "--preset", "torchvision", "-o", folder + "/b.onnx"] + arguments)
                #expect(plain.status == 0, "\(plain.errors)")
                let (result, top) = try classify(folder + "/b.onnx", picture)
                #expect(result.errors.contains(arguments.isEmpty ? "note: preprocessing from the model" : line))
                #expect((top[0]["label"] as? String != nil) == !arguments.isEmpty)
            }
            try FileManager.default.removeItem(atPath: folder + "/b.onnx")
            // Without a preset there is nothing that the options could change.
            let parts = try DeeperProcess(["convert", model, "--order", "rgb", "-o", folder + "/b.onnx"])
            #expect(parts.status == 64 && parts.errors.contains("--preset"), "\(parts.errors)")
        }
    }

    @Test("the model that comes with deeper keeps its classes as a file")
    func builtin() throws {
        try withTemporaryFolder { folder in
            let drawn = try DeeperProcess(["demo", "--pictures", folder])
            #expect(drawn.status == 0, "\(drawn.errors)")
            let made = try DeeperProcess(["convert", "builtin", "-o", folder + "/b.onnx"])
            #expect(made.status == 0, "\(made.errors)")
            let expected = try classify("builtin", folder + "/ship.png").1
            let top = try classify(folder + "/b.onnx", folder + "/ship.png").1
            #expect(top[0]["label"] as? String == "ship" && top as NSArray == expected as NSArray)
        }
    }

    @Test(
        "a model with an input of N x H x W x C gives the answers of the same network with planes",
        .enabled(if: hasONNX && TestData.has(photograph), Comment(rawValue: PythonReference.absence)))
    func pixels() throws {
        let picture = TestData.path(LabelCommandTests.photograph)
        try withTemporaryFolder { folder in
            for kind in ["square", "pixels"] {
                let made = try PythonReference.run(
                    script: "onnx_metadata.py", ["make", kind, "\(folder)/\(kind).onnx"])
                try #require(made == 0)
            }
            let file = folder + "/pixels.onnx"
            let expected = try classify(folder + "/square.onnx", picture).1
            let (result, top) = try classify(file, picture)
            #expect(!result.errors.contains("--input-layout"))
            #expect(top.map { $0["label"] as? String } == expected.map { $0["label"] as? String })
            for (entry, other) in zip(top, expected) {
                let scores = [entry, other].compactMap { $0["score"] as? Double }
                #expect(scores.count == 2 && abs(scores[0] - scores[1]) < 1e-5)
            }
            let planes = try DeeperProcess(["classify", "--model", file, "--input-layout", "nchw", picture])
            #expect(planes.status == 65 && planes.errors.contains("got float32[1, 3, 6, 6]"), "\(planes.errors)")
            let wrong = try DeeperProcess(["classify", "--model", file, "--input-layout", "hwc", picture])
            #expect(wrong.status == 64 && wrong.output.isEmpty, "\(wrong.errors)")
        }
    }

    @Test(
        "an Ultralytics classifier is used without options; its metadata survives convert",
        .enabled(if: hasONNX && TestData.has(photograph), Comment(rawValue: PythonReference.absence)))
    func ultralytics() throws {
        let picture = TestData.path(LabelCommandTests.photograph)
        try withTemporaryFolder { folder in
            let file = folder + "/yolo.onnx"
            #expect(try PythonReference.run(script: "onnx_metadata.py", ["make", "square", file]) == 0)
            let (result, top) = try classify(file, picture)
            #expect(result.errors.contains("labels and preprocessing from the model"))
            let scale = "0.00392156862745098"
            let explicit = try classify(
                file, picture, "--preset", "raw", "--resize", "6", "--crop", "6", "--scale", scale
            ).1
            #expect(explicit as NSArray == top as NSArray)
            let made = try DeeperProcess(["convert", file, "-o", folder + "/copy.onnx"])
            #expect(made.status == 0, "\(made.errors)")
            #expect(try classify(folder + "/copy.onnx", picture).1 as NSArray == top as NSArray)
            let arguments = ["check", folder + "/copy.onnx", "imgsz", "[6, 6]"]
            #expect(try PythonReference.run(script: "onnx_metadata.py", arguments) == 0)

            #expect(try PythonReference.run(script: "onnx_metadata.py", ["make", "count", file]) == 0)
            let wrong = try classify(file, picture)
            #expect(wrong.0.errors.contains("metadata \"names\": 2 names, the network has 5 classes"))
            #expect(wrong.1.allSatisfy { $0["label"] == nil })
        }
    }
}
