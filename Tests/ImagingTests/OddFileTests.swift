import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Every picture file that other projects found worth keeping because it broke something.
@Suite(.serialized, .enabled(if: TestData.has("images/odd"), "\(TestData.absence)")) struct OddFileTests {
    private static let files = TestData.files(under: "images/odd", endings: ["jpg", "jpeg", "png"])

    @Test("every odd file gives a picture or an error that names it, within 2 s of a CPU")
    func boundedOutcome() throws {
        var decodedCount = 0
        for path in OddFileTests.files {
            let start = threadProcessorTime()
            do {
                let picture = try Picture(contentsOf: path)
                #expect(picture.pixels.count == 3 * picture.width * picture.height)
                decodedCount += 1
            } catch {
                let expected: [DeeperError.Code] = [.invalidInput, .limitExceeded]
                let code = (error as? DeeperError)?.code
                #expect(code.map(expected.contains) == true && "\(error)".hasPrefix(path), "\(error)")
            }
            let elapsed = threadProcessorTime() - start
            #expect(elapsed < .seconds(2), "\(path) took \(elapsed)")
        }
        #expect(decodedCount >= 265)
    }

    @Test(
        "what both Pillow and deeper decode is equal in every sample",
        .enabled(if: Pillow.isPresent, "\(PythonReference.absence)"))
    func equalsPillow() throws {
        let answers = try Pillow.answers(to: OddFileTests.files.map { Pillow.Job(path: $0) })
        var equalCount = 0
        var differing: Set<String> = []
        var refusedByOne: Set<String> = []
        for (path, theirs) in zip(OddFileTests.files, answers) {
            let ours = try? Picture(contentsOf: path)
            let name = URL(filePath: path).lastPathComponent
            switch (ours, theirs) {
            case (nil, nil): break
            case (let ours?, let theirs?):
                if ours == theirs { equalCount += 1 } else { differing.insert(name) }
            default: refusedByOne.insert(name)
            }
        }
        #expect(equalCount >= 262)
        // Fuzzed progressive files; libjpeg-turbo 2 and 3 guess their missing coefficients differently.
        #expect(
            differing.isSubset(of: [
                "8e5e74dbf9b68a322fbb9512db837329.jpg", "f6b4389c3cf0f5997b2e5a4b905aea8d.jpg",
            ]))
        // The first two hold an end marker that Pillow does not reach but libjpeg-turbo does; the third is lossless;
        // the fourth has a wrong checksum over its pixel data, which Pillow does not look at.
        #expect(
            refusedByOne.isSubset(of: [
                "5c67195f6993c9f8d0d32d4ffe0d8e62.jpg", "c3018ebe53d0046eecb58858ca869a99.jpg",
                "jpeg_lossless_sel1-8bit.jpg", "xcsn0g01.png",
            ]))
    }
}
