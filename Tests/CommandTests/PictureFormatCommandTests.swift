import Foundation
import Imaging
import TestSupport
import Testing

/// `deeper classify` on one drawing in every format and lying in every way.
@Suite(
    "picture formats of deeper classify", .serialized,
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built beside the tests"),
    .enabled(if: PythonReference.has(module: "PIL"), "\(PythonReference.absence)"))
struct PictureFormatCommandTests {
    /// Calls `body` with a folder of what turned_pictures.py makes of the drawing of a ship, which upside down or on its side
    /// is taken for something else.
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
        "one drawing has one class in every format",
        .enabled(if: PictureFormat.webp.isReadable, "needs the package trait PictureFormats"))
    func formats() throws {
        try withPictures { folder in
            let answers = try classes(["\(folder)/formats"])
            #expect(answers.count == (PythonReference.has(module: "pillow_heif") ? 9 : 8))
            for (name, answer) in answers {
                #expect(answer.label == "ship" && answer.score > 0.8, "\(name): \(answer)")
            }
        }
    }

    @Test(
        "pictures are classified upright in every format that has orientations, unless they are wanted as stored",
        .enabled(if: PictureFormat.webp.isReadable, "needs the package trait PictureFormats"))
    func orientations() throws {
        try withPictures { folder in
            let upright = try classes(["\(folder)/turned"])
            #expect(upright.count == (PythonReference.has(module: "pillow_heif") ? 48 : 40))
            for (name, answer) in upright {
                #expect(answer.label == "ship" && answer.score > 0.8, "\(name): \(answer)")
            }

            let stored = try classes(["--orientation", "stored", "\(folder)/turned"])
            let lying = try classes(["\(folder)/lying"])
            for value in 1...8 {
                let expected = try #require(lying["\(value).png"])
                // A mirrored ship is a ship.
                #expect((expected.label == "ship") == (value <= 2), "\(value): \(expected)")
                for format in ["jpeg", "webp", "png", "tiff"] {
                    let answer = try #require(stored["\(format)-\(value).\(format)"])
                    #expect(answer.label == expected.label, "\(format), \(value): \(answer)")
                    // These two keep every sample.
                    if ["png", "tiff"].contains(format) { #expect(answer.score == expected.score) }
                }
                for format in ["avif", "heic"] {
                    guard let answer = stored["\(format)-\(value).\(format)"] else { continue }
                    #expect(answer.label == expected.label, "\(format), \(value): \(answer)")
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
}
