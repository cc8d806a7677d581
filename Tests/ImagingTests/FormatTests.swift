import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

/// The formats other than JPEG and PNG, against Pillow.
@Suite(.serialized, .enabled(if: Pillow.isPresent, "\(PythonReference.absence)")) struct FormatTests {
    /// Those that this build reads.
    private static let kinds = ["bmp", "pnm"] + (PictureFormat.webp.isReadable ? ["webp", "gif", "tiff_pages"] : [])

    @Test("every file is equal in every sample", arguments: kinds)
    func equalsPillow(kind: String) throws {
        try PictureFiles.with(kind) { paths in
            let answers = try Pillow.answers(to: paths.map { Pillow.Job(path: $0) })
            for (path, theirs) in zip(paths, answers) {
                do {
                    let ours = try Picture(contentsOf: path)
                    #expect(ours.extent == theirs?.extent, "\(path)")
                    #expect(
                        ours == theirs, "\(path): \(theirs.map { "\(ours.difference(from: $0) as Any)" } ?? "refused")")
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
    }

    @Test("a file cut off anywhere or with changed bytes gives a picture or an error", arguments: kinds)
    func damaged(kind: String) throws {
        let limits = DecodingLimits(maxPixelCount: 1 << 16)
        try PictureFiles.with(kind) { paths in
            for (seed, path) in paths.enumerated() {
                let file = [UInt8](try Data(contentsOf: URL(filePath: path)))
                var generator = SeededGenerator(seed: UInt64(seed))
                for _ in 0..<20 {
                    var changed = file.prefix(Int.random(in: 0...file.count, using: &generator))
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
    }

    @Test("more pixels than the limit are refused", arguments: kinds)
    func limits(kind: String) throws {
        try PictureFiles.with(kind) { paths in
            for path in paths {
                let picture = try Picture(contentsOf: path)
                let count = picture.width * picture.height
                let exact = DecodingLimits(maxPixelCount: count)
                let repeated = try Picture(contentsOf: path, limits: exact)
                #expect(repeated == picture)
                if count > 1 { refuses(path, DecodingLimits(maxPixelCount: count - 1)) }
            }
        }
    }

    private func refuses(_ path: String, _ limits: DecodingLimits) {
        expectError(.limitExceeded, containing: "above the limit of \(limits.maxPixelCount)") {
            try Picture(contentsOf: path, limits: limits)
        }
    }

    /// Pillow and pillow-heif bring other versions of other libraries, which convert YCbCr to RGB and widen halved colour
    /// differences in their own ways: samples may differ by rounding, and at edges by more.
    @Test(
        "HEIC and AVIF files are upright and nearly equal",
        .enabled(
            if: PictureFormat.heic.isReadable && PythonReference.has(module: "pillow_heif"),
            "\(PythonReference.absence)"))
    func nearlyEqualsPillow() throws {
        try PictureFiles.with("heif") { paths in
            let answers = try Pillow.answers(to: paths.map { Pillow.Job(path: $0) })
            for (path, theirs) in zip(paths, answers) {
                let theirs = try #require(theirs, "\(path)")
                let ours = try Picture(contentsOf: path)
                let difference = try #require(ours.difference(from: theirs), "\(path): \(ours.extent)")
                #expect(difference.mean < 1.5 && difference.largest <= 12, "\(path): \(difference)")
            }
        }
    }

    @Test(
        "coded data that are larger than the container says are refused before they are decoded",
        .enabled(
            if: PictureFormat.heic.isReadable && PythonReference.has(module: "pillow_heif"),
            "\(PythonReference.absence)"))
    func lyingContainers() throws {
        try PictureFiles.with("lying_heif") { paths in
            let limits = DecodingLimits(maxPixelCount: 1 << 16)
            for path in paths {
                let isLying = path.contains("lying")
                expectError(.limitExceeded, containing: isLying ? "1536x1024" : "above the limit") {
                    try Picture(contentsOf: path, limits: limits)
                }
                if isLying {
                    expectError(.invalidInput, containing: "where the header says 64x64") {
                        try Picture(contentsOf: path)
                    }
                } else {
                    let picture = try Picture(contentsOf: path)
                    #expect(picture.extent == Extent(width: 1536, height: 1024))
                }
            }
        }
    }
}
