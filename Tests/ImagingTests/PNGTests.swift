import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct PNGTests {
    @Test("what is encoded comes back", arguments: [(1, 1), (1, 300), (300, 1), (17, 9), (256, 256)])
    func roundTrip(width: Int, height: Int) throws {
        let picture = try Picture.noise(width: width, height: height, seed: 3)
        let file = try PNGEncoder.encode(picture)
        #expect(try Picture(decoding: file) == picture)
        #expect(try PNGEncoder.encode(picture) == file)
    }

    @Test("writing replaces a file and leaves no other file")
    func write() throws {
        let picture = try Picture.noise(width: 5, height: 4, seed: 4)
        try withTemporaryFolder { folder in
            try Data([1, 2, 3]).write(to: URL(filePath: folder + "/plot.png"))
            try PNGEncoder.write(picture, to: folder + "/plot.png")
            #expect(try Picture(contentsOf: folder + "/plot.png") == picture)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["plot.png"])
            expectError(.fileNotFound, containing: "none/plot.png") {
                try PNGEncoder.write(picture, to: folder + "/none/plot.png")
            }
        }
    }

    @Test("a picture too wide for libpng is refused")
    func tooWide() throws {
        let picture = try Picture(width: 1_000_001, height: 1, pixels: [UInt8](repeating: 0, count: 3_000_003))
        expectError(.invalidInput, containing: "IHDR") { try PNGEncoder.encode(picture) }
    }

    @Test("a file cut off anywhere is refused")
    func truncated() throws {
        let file = try PNGEncoder.encode(.noise(width: 4, height: 3, seed: 5))
        for length in 8..<file.count {
            expectError(.invalidInput, containing: "PNG") { try Picture(decoding: Array(file.prefix(length))) }
        }
    }

    @Test("a changed bit anywhere is noticed")
    func changedBits() throws {
        let picture = try Picture.noise(width: 4, height: 3, seed: 5)
        let file = try PNGEncoder.encode(picture)
        for index in file.indices {
            var changed = file
            changed[index] ^= 1 << (index % 8)
            expectError(.invalidInput) { try Picture(decoding: changed) }
        }
    }

    @Test("a header of too many pixels is refused before memory is reserved for them")
    func limits() throws {
        expectError(.limitExceeded, containing: "1000000x1000000") {
            try Picture(decoding: header(width: 1_000_000, height: 1_000_000))
        }
        expectError(.invalidInput, containing: "IHDR") { try Picture(decoding: header(width: 1_000_001, height: 1)) }
        expectError(.invalidInput, containing: "IHDR") { try Picture(decoding: header(width: 0, height: 1)) }
        let file = try PNGEncoder.encode(.noise(width: 4, height: 3, seed: 5))
        #expect(throws: Never.self) { try Picture(decoding: file, limits: DecodingLimits(maxPixelCount: 12)) }
        expectError(.limitExceeded) { try Picture(decoding: file, limits: DecodingLimits(maxPixelCount: 11)) }
    }

    /// A PNG file of 8-bit RGB up to the start of its pixel data.
    private func header(width: Int, height: Int) -> [UInt8] {
        let content = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", content) + chunk("IDAT", [0x78, 0x9C])
    }

    private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        return bigEndian(content.count) + body + bigEndian(Int(checksum(body)))
    }

    private func bigEndian(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

    /// CRC-32 as in the PNG specification, annex D.
    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}

@Suite(.enabled(if: TestData.has("images/odd/pngsuite"), "\(TestData.absence)")) struct PNGSuiteTests {
    private func picture(_ name: String) throws -> Picture {
        try Picture(contentsOf: TestData.path("images/odd/pngsuite/png/\(name).png"))
    }

    @Test("interlacing changes nothing", arguments: ["0g01", "0g16", "2c08", "2c16", "3p04", "4a16", "6a08"])
    func interlaced(kind: String) throws {
        let (plain, interlaced) = (try picture("basn" + kind), try picture("basi" + kind))
        #expect(plain == interlaced)
        #expect(Set(plain.pixels).count > 1)
    }

    @Test("16-bit samples keep their high byte")
    func sixteenBits() throws {
        let grey = try picture("basn0g16")
        #expect(grey.samples(x: 8, y: 1) == [0x4A, 0x4A, 0x4A])
        #expect(grey.samples(x: 16, y: 2) == [0x94, 0x94, 0x94])
    }

    @Test("a background or transparent colour has no effect", arguments: [("bgan6a08", "basn6a08")])
    func alpha(with: String, without: String) throws { #expect(try picture(with) == picture(without)) }

    @Test(
        "files that PngSuite calls corrupt are refused",
        arguments: [
            "xs1n0g01", "xs2n0g01", "xs4n0g01", "xs7n0g01", "xcrn0g04", "xlfn0g04", "xhdn0g08", "xc1n0g08", "xc9n2c08",
            "xd0n2c08", "xd3n2c08", "xd9n2c08", "xdtn0g01", "xcsn0g01",
        ])
    func corrupt(name: String) { expectError(.invalidInput) { try picture(name) } }
}
