import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Pictures are turned upright as Pillow's `ImageOps.exif_transpose` does.
@Suite(.serialized, .enabled(if: Pillow.isPresent, "\(PythonReference.absence)")) struct OrientationTests {
    @Test(
        "what EXIF and XMP say in JPEG and PNG files means what it means for Pillow",
        arguments: ["orientation", "segments", "hostile"])
    func equalsPillow(kind: String) throws {
        let files = try PictureFiles.of(kind)
        for file in files {
            guard let theirs = file.answer else { continue }
            let ours = try Picture(contentsOf: file.path)
            #expect(ours.extent == theirs.extent, "\(file.path)")
            #expect(ours == theirs, "\(file.path)")
        }
        let refusedCount = files.count { $0.answer == nil }
        #expect(refusedCount <= 5, "\(refusedCount) files are refused by Pillow")
    }

    @Test("as stored, orientations do not matter")
    func stored() throws {
        let paths = try PictureFiles.of("orientation").map(\.path)
        let answers = try Pillow.answers(to: paths.map { Pillow.Job(path: $0, orientation: .stored) })
        for (path, theirs) in zip(paths, answers) {
            #expect(try Picture(contentsOf: path, orientation: .stored) == theirs, "\(path)")
        }
    }

    @Test("cut off anywhere, a file with an EXIF block gives a picture or an error")
    func truncated() throws {
        for file in try PictureFiles.of("segments") {
            let bytes = try file.bytes()
            for length in 0..<min(bytes.count, 400) { _ = try? Picture(decoding: Array(bytes.prefix(length))) }
        }
    }
}

/// The eight orientations on a picture small enough to see.
@Suite struct StoredOrientationTests {
    /// 2 x 3 pixels, numbered along the rows.
    private let picture = try! Picture(
        width: 2, height: 3, pixels: (0..<6).flatMap { [UInt8](repeating: $0, count: 3) })

    @Test(
        "rows and columns end where the tag says",
        arguments: [
            (1, 2, [0, 1, 2, 3, 4, 5]), (2, 2, [1, 0, 3, 2, 5, 4]), (3, 2, [5, 4, 3, 2, 1, 0]),
            (4, 2, [4, 5, 2, 3, 0, 1]), (5, 3, [0, 2, 4, 1, 3, 5]), (6, 3, [4, 2, 0, 5, 3, 1]),
            (7, 3, [5, 3, 1, 4, 2, 0]), (8, 3, [1, 3, 5, 0, 2, 4]),
        ] as [(Int, Int, [UInt8])])
    func upright(orientation: Int, width: Int, order: [UInt8]) throws {
        var file = try PNGEncoder.encode(picture)
        let block: [UInt8] = [
            0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0,
        ]
        // A checksum of 0: nobody looks at that of a chunk that libpng passes over.
        file.insert(contentsOf: [0, 0, 0, UInt8(block.count)] + "eXIf".utf8 + block + [0, 0, 0, 0], at: 33)
        let turned = try Picture(decoding: file)
        #expect(turned.width == width)
        #expect(turned.pixels == order.flatMap { [UInt8](repeating: $0, count: 3) })
        #expect(try Picture(decoding: file, orientation: .stored) == picture)
    }
}
