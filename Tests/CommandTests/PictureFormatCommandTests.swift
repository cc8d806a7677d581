import DeeperImaging
import DeeperTestSupport
import Foundation
import Testing

/// `deeper classify` on one drawing in every format and in every orientation.
@Suite(
    "picture formats of deeper classify", .serialized,
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"),
    .enabled(if: PythonReference.has(module: "PIL"), "\(PythonReference.absence)"))
struct PictureFormatCommandTests {
    /// Calls `body` with a folder of what turned_pictures.py makes of the drawing of a ship, which upside down or on
    /// its side is taken for something else.
    private func withPictures(_ extent: [String] = [], _ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let demo = try DeeperProcess(["demo", "--pictures", "\(folder)/drawn"])
            try #require(demo.status == 0, "\(demo.errors)")
            let arguments = ["\(folder)/drawn/ship.png", "\(folder)"] + extent
            try #require(try PythonReference.run(script: "turned_pictures.py", arguments) == 0)
            try body(folder)
        }
    }

    /// The best class of every picture of a folder, by file name.
    private func classes(_ arguments: [String]) throws -> [String: (label: String, score: Double)] {
        let result = try DeeperProcess(["classify", "--json", "--top", "1"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        let answers = try result.jsonLines().map { answer in
            let best = (answer["top"] as? [[String: Any]])?.first
            let name = (answer["file"] as? String ?? "").split(separator: "/").last.map(String.init) ?? ""
            return (name, (best?["label"] as? String ?? "", best?["score"] as? Double ?? .nan))
        }
        return Dictionary(uniqueKeysWithValues: answers)
    }

    @Test(
        "one drawing has one class in every format and orientation, unless pictures are wanted as stored",
        .enabled(if: PictureFormat.webp.isReadable, "needs the package trait PictureFormats"),
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func formatsAndOrientations() throws {
        try withPictures { folder in
            let upright = try classes(["\(folder)/formats", "\(folder)/turned"])
            #expect(upright.count == (PythonReference.has(module: "pillow_heif") ? 9 + 48 : 8 + 40))
            for (name, answer) in upright {
                #expect(answer.label == "ship" && answer.score > 0.8, "\(name): \(answer)")
            }

            let stored = try classes(["--orientation", "stored", "\(folder)/turned", "\(folder)/lying"])
            for value in 1...8 {
                let expected = try #require(stored["\(value).png"])
                // A mirrored ship is a ship.
                #expect((expected.label == "ship") == (value <= 2), "\(value): \(expected)")
                for format in ["jpeg", "webp", "png", "tiff", "avif", "heic"] {
                    let name = "\(format)-\(value).\(format)"
                    if format == "heic", upright[name] == nil { continue }
                    let answer = try #require(stored[name])
                    #expect(answer.label == expected.label, "\(name): \(answer)")
                    // These two keep every sample.
                    if ["png", "tiff"].contains(format) { #expect(answer.score == expected.score, "\(name)") }
                }
            }
        }
    }

    @Test(
        "a JPEG file of 108 megapixels is classified",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func large() throws {
        try withPictures(["12000", "9000"]) { folder in
            let answers = try classes(["\(folder)/large.jpg"])
            #expect(answers["large.jpg"]?.label == "ship")
        }
    }

    @Test("an orientation that does not exist is refused")
    func unknownOrientation() throws {
        let result = try DeeperProcess(["classify", "--orientation", "left", "x.png"])
        #expect(result.status == 64 && result.errors.contains("upright or stored"), "\(result.errors)")
    }

    @Test(
        "of damaged files the command reports, and the libraries print nothing",
        .enabled(if: PictureFormat.tiff.isReadable, "needs the package trait PictureFormats"))
    func silence() throws {
        let names = [
            "exif.tiff", "jpeg.tiff", "packbits.tiff", "tiff_adobe_deflate.tiff", "interlaced.gif", "lossless.webp",
            "RGB-progressive.jpeg", "RGB.png",
        ]
        try withTemporaryFolder { folder in
            for name in names {
                let source = TestData.packageRoot.appending(path: "Tests/Fuzzing/corpus/picture/\(name)")
                let bytes = try Data(contentsOf: source)
                // libtiff has its directory at the start or the end of a file, and complains of either.
                try bytes.prefix(bytes.count * 3 / 4).write(to: URL(fileURLWithPath: "\(folder)/start-\(name)"))
                var changed = bytes
                for place in stride(from: 40, to: bytes.count, by: 97) { changed[place] ^= 0x55 }
                try changed.write(to: URL(fileURLWithPath: "\(folder)/changed-\(name)"))
            }
            let result = try DeeperProcess(["classify", folder])
            #expect(result.status == 65)
            for line in result.errors.split(separator: "\n") {
                #expect(line.hasPrefix("note: ") || line.hasPrefix("error: "), "\(line)")
            }
        }
    }
}
