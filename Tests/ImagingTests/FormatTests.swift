import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// The formats other than JPEG and PNG, against Pillow.
@Suite(.serialized, .enabled(if: Pillow.isPresent, "\(PythonReference.absence)")) struct FormatTests {
    /// Those that this build reads.
    private static let kinds = ["bmp", "pnm"] + (PictureFormat.webp.isReadable ? ["webp", "gif", "tiff_pages"] : [])

    @Test("every file is equal in every sample", arguments: kinds)
    func equalsPillow(kind: String) throws {
        for file in try PictureFiles.of(kind) {
            do {
                let ours = try Picture(contentsOf: file.path), theirs = file.answer
                #expect(ours.extent == theirs?.extent, "\(file.path)")
                #expect(ours == theirs, "\(file.path): \(theirs.flatMap(ours.difference) as Any)")
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test("a file cut off anywhere or with changed bytes gives a picture or an error", arguments: kinds)
    func damaged(kind: String) throws {
        let limits = DecodingLimits(maxPixelCount: 1 << 16)
        for (seed, file) in try PictureFiles.of(kind).enumerated() {
            let bytes = try file.bytes()
            var generator = SeededGenerator(seed: UInt64(seed))
            for _ in 0..<20 {
                var changed = bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))
                for _ in 0..<Int.random(in: 0...3, using: &generator) where !changed.isEmpty {
                    let place = changed.indices.randomElement(using: &generator)!
                    changed[place] = .random(in: 0...255, using: &generator)
                }
                do {
                    let picture = try Picture(decoding: Array(changed), limits: limits)
                    #expect(picture.pixels.count == 3 * picture.width * picture.height)
                } catch {
                    #expect(error is DeeperError)
                }
            }
        }
    }

    @Test("more pixels than the limit are refused", arguments: kinds)
    func limits(kind: String) throws {
        for path in try PictureFiles.of(kind).map(\.path) {
            let picture = try Picture(contentsOf: path)
            let count = picture.width * picture.height
            let exact = DecodingLimits(maxPixelCount: count)
            let repeated = try Picture(contentsOf: path, limits: exact)
            #expect(repeated == picture)
            if count > 1 { refuses(path, DecodingLimits(maxPixelCount: count - 1)) }
        }
    }

    private func refuses(_ path: String, _ limits: DecodingLimits) {
        expectError(.limitExceeded, containing: "above the limit of \(limits.maxPixelCount)") {
            try Picture(contentsOf: path, limits: limits)
        }
    }

    /// Pillow and pillow-heif bring other versions of other libraries, which convert YCbCr to RGB and widen halved
    /// colour differences with methods of their own: samples may differ by rounding, and at edges by more.
    @Test(
        "HEIC and AVIF files are upright and nearly equal",
        .enabled(
            if: PictureFormat.heic.isReadable && PythonReference.has(module: "pillow_heif"),
            "\(PythonReference.absence)"))
    func nearlyEqualsPillow() throws {
        for file in try PictureFiles.of("heif") {
            let theirs = try #require(file.answer, "\(file.path)")
            let ours = try Picture(contentsOf: file.path)
            let difference = try #require(ours.difference(from: theirs), "\(file.path): \(ours.extent)")
            #expect(difference.mean < 1.5 && difference.largest <= 12, "\(file.path): \(difference)")
        }
    }

    @Test(
        "coded data that are larger than the container says are refused before they are decoded",
        .enabled(
            if: PictureFormat.heic.isReadable && PythonReference.has(module: "pillow_heif"),
            "\(PythonReference.absence)"))
    func lyingContainers() throws {
        let limits = DecodingLimits(maxPixelCount: 1 << 16)
        for path in try PictureFiles.of("lying_heif").map(\.path) {
            let isLying = path.contains("/lying.")
            expectError(.limitExceeded, containing: isLying ? "1536x1024" : "above the limit") {
                try Picture(contentsOf: path, limits: limits)
            }
            if isLying {
                expectError(.invalidInput, containing: "where the header says 64x64") { try Picture(contentsOf: path) }
            } else {
                #expect(try Picture(contentsOf: path).extent == Extent(width: 1536, height: 1024))
            }
        }
    }
}
