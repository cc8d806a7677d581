import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Small files that ask for much work.
@Suite struct HostilePictureTests {
    /// The corpus of the fuzzer has a small file of every format.
    private func corpus(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: TestData.packageRoot.appending(path: "Tests/Fuzzing/corpus/picture/\(name)")))
    }

    private func repeated(_ part: [UInt8], _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<count { bytes += part }
        return bytes
    }

    private func decodesWithinTwoSeconds(_ file: [UInt8]) throws {
        let start = threadProcessorTime()
        _ = try Picture(decoding: file)
        let elapsed = threadProcessorTime() - start
        #expect(elapsed < .seconds(2), "\(elapsed)")
    }

    @Test("twenty thousand EXIF segments cost no more than their length")
    func manySegments() throws {
        var file = try corpus("L.jpeg")
        let segment: [UInt8] = [0xFF, 0xE1, 4, 8] + "Exif\0\0".utf8 + [UInt8](repeating: 0, count: 1024)
        file.insert(contentsOf: repeated(segment, 20_000), at: 2)
        try decodesWithinTwoSeconds(file)
    }

    @Test("of three thousand compressed texts that grow a thousandfold, few are unpacked")
    func manyTexts() throws {
        // The data of a black picture are 1,044,890 zeros, compressed.
        let black = try PNGEncoder.encode(
            Picture(width: 590, height: 590, pixels: [UInt8](repeating: 0, count: 590 * 590 * 3)))
        let length = black[33..<37].reduce(0) { $0 << 8 | Int($1) }
        let text = "zTXtRaw profile type exif\0\0".utf8 + black[41..<41 + length]
        // A checksum of 0: nobody looks at that of a chunk that libpng passes over.
        let chunk =
            (0..<4).reversed().map { UInt8(truncatingIfNeeded: (text.count - 4) >> (8 * $0)) } + text + [0, 0, 0, 0]
        var file = try corpus("L.png")
        file.insert(contentsOf: repeated(chunk, 3000), at: 33)
        try decodesWithinTwoSeconds(file)
    }
}

/// TIFF files whose samples, rows or tiles are out of proportion to the picture.
@Suite(.enabled(if: PictureFormat.tiff.isReadable, "needs the package trait PictureFormats"))
struct HostileTIFFTests {
    /// A little-endian file of one block of zeros; every tag has one number.
    private func file(_ tags: [UInt16: UInt32], blockByteCount: Int) -> [UInt8] {
        let common: [UInt16: UInt32] = [258: 8, 259: 1, 262: 1]
        let entries = common.merging(tags) { $1 }.sorted { $0.key < $1.key }
        var bytes: [UInt8] = Array("II\u{2A}\0\u{8}\0\0\0".utf8)
        func append(_ number: UInt32, byteCount: Int) {
            for byte in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * byte))) }
        }
        append(UInt32(entries.count), byteCount: 2)
        for (tag, value) in entries {
            append(UInt32(tag), byteCount: 2)
            append(4, byteCount: 2)
            append(1, byteCount: 4)
            append(value, byteCount: 4)
        }
        append(0, byteCount: 4)
        return bytes + [UInt8](repeating: 0, count: blockByteCount)
    }

    @Test("a file of the same build with usual numbers is read")
    func usual() throws {
        let strips = file([256: 4, 257: 2, 273: 200, 277: 1, 278: 2, 279: 8], blockByteCount: 200)
        #expect(try Picture(decoding: strips).extent == Extent(width: 4, height: 2))
        let tiles = file([256: 16, 257: 16, 322: 16, 323: 16, 324: 200, 325: 256], blockByteCount: 400)
        #expect(try Picture(decoding: tiles).extent == Extent(width: 16, height: 16))
    }

    @Test("more than six samples a pixel are refused")
    func samples() {
        let strips = file([256: 1, 257: 1, 273: 200, 277: 200, 278: 1, 279: 200], blockByteCount: 400)
        expectError(.invalidInput, containing: "200 samples") { try Picture(decoding: strips) }
    }

    @Test("rows of more than 64 MiB are refused")
    func rows() {
        let strips = file(
            [256: 1 << 25, 257: 1, 258: 16, 273: 200, 277: 3, 262: 2, 278: 1, 279: 8], blockByteCount: 200)
        expectError(.invalidInput, containing: "its rows are too large") { try Picture(decoding: strips) }
    }

    @Test(
        "tiles of more than 64 MiB, or sixty thousand for columns of one pixel, are refused",
        arguments: [(1, 1, 16384, 8192), (1, 1 << 20, 8192, 16)] as [(UInt32, UInt32, UInt32, UInt32)])
    func tiles(width: UInt32, height: UInt32, tileWidth: UInt32, tileHeight: UInt32) {
        let tiles = file(
            [256: width, 257: height, 322: tileWidth, 323: tileHeight, 324: 200, 325: 256], blockByteCount: 400)
        expectError(.invalidInput, containing: "its tiles are too large") { try Picture(decoding: tiles) }
    }
}
