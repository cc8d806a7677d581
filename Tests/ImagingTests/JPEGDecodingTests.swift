import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Small files that Pillow wrote.
private enum Fixture {
    /// 8x8 grey, (x + y) * 16.
    static let grey = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAx
        NDQ0Hyc5PTgyPC4zNDL/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EABgQAAIDAAAAAAAAAAAAAAAAAAAGIzOh
        /9oACAEBAAA/AD05Orjw/9k=
        """)
    /// 8x8 CMYK of the single colour (0, 128, 255, 64), with Adobe's inversion.
    static let cmyk = bytes(
        """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUV
        FQwPFxgWFBgSFBUU/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAkCCP/EABQQAQAAAAAAAAAAAAAA
        AAAAAAD/2gAOBEMATQBZAEsAAD8AVNAqmqH/2Q==
        """)
    /// 9x5 RGB of the single colour (200, 100, 50), progressive.
    static let progressive = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU
        FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU
        FBQUFBQUFBT/wgARCAAFAAkDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAVAQEBAAAAAAAAAAAAAAAAAAAGB//a
        AAwDAQACEAMQAAABiA9I/8QAFBABAAAAAAAAAAAAAAAAAAAAEP/aAAgBAQABBQI//8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgB
        AwEBPwF//8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAgEBPwF//8QAFBABAAAAAAAAAAAAAAAAAAAAEP/aAAgBAQAGPwI//8QA
        FBABAAAAAAAAAAAAAAAAAAAAEP/aAAgBAQABPyE//9oADAMBAAIAAwAAABDz/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAwEB
        PxB//8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAgEBPxB//8QAFBABAAAAAAAAAAAAAAAAAAAAEP/aAAgBAQABPxA//9k=
        """)

    private static func bytes(_ base64: String) -> [UInt8] {
        [UInt8](Data(base64Encoded: base64, options: .ignoreUnknownCharacters)!)
    }
}

@Suite struct JPEGDecodingTests {
    /// Where the JFIF segment of a fixture ends: start marker, marker, 16 bytes.
    private let afterFirstSegment = 20

    @Test("a grey file comes out with red, green and blue equal")
    func grey() throws {
        let picture = try Picture(decoding: Fixture.grey)
        #expect(picture.extent == Extent(width: 8, height: 8))
        #expect(picture.samples(x: 0, y: 0) == [0, 0, 0])
        #expect(picture.samples(x: 7, y: 7) == [224, 224, 224])
    }

    @Test("a CMYK file is taken for inverted, as Pillow does")
    func cmyk() throws {
        let picture = try Picture(decoding: Fixture.cmyk)
        #expect(picture.pixels == Array([[UInt8]](repeating: [191, 95, 0], count: 64).joined()))
    }

    @Test("a progressive file with rows that are no multiple of a block")
    func progressive() throws {
        let picture = try Picture(decoding: Fixture.progressive)
        #expect(picture.extent == Extent(width: 9, height: 5))
        #expect(picture.pixels == Array([[UInt8]](repeating: [200, 100, 50], count: 45).joined()))
    }

    @Test("a file cut off anywhere is refused, also where libjpeg-turbo would fill in grey")
    func truncated() {
        for length in 3..<Fixture.progressive.count {
            expectError(.invalidInput, containing: "JPEG") {
                try Picture(decoding: Array(Fixture.progressive.prefix(length)))
            }
        }
    }

    @Test("stray bytes before the end marker do not matter")
    func strayBytes() throws {
        let damaged = Fixture.grey.dropLast(2) + [1, 2, 3] + Fixture.grey.suffix(2)
        #expect(try Picture(decoding: Array(damaged)) == Picture(decoding: Fixture.grey))
    }

    @Test("a cut-off file is refused as such when an earlier warning hides it")
    func truncatedAfterStrayBytes() {
        let (start, end) = (Fixture.grey.prefix(afterFirstSegment), Fixture.grey.dropFirst(afterFirstSegment))
        #expect(throws: Never.self) { try Picture(decoding: start + [1, 2, 3] + end) }
        expectError(.invalidInput, containing: "ends early") {
            try Picture(decoding: start + [1, 2, 3] + end.dropLast(6))
        }
    }

    @Test("a failure that comes after a warning is a failure")
    func failureAfterWarning() throws {
        let file = Fixture.progressive
        let secondScan = try #require(
            file.indices.dropLast().filter { file[$0] == 0xFF && file[$0 + 1] == 0xDA }[1...].first)
        let badTable: [UInt8] = [0xFF, 0xDB, 0, 3, 15]
        let damaged = file[..<secondScan] + [1, 2, 3] + badTable + file[secondScan...]
        expectError(.invalidInput, containing: "DQT") { try Picture(decoding: Array(damaged)) }
    }

    @Test("a file with changed bytes gives a picture or an error", arguments: UInt64(0)..<200)
    func changedBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for fixture in [Fixture.grey, Fixture.cmyk, Fixture.progressive] {
            var file = fixture
            for _ in 0..<4 {
                file[Int.random(in: 3..<file.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            do {
                let picture = try Picture(decoding: file, limits: DecodingLimits(maxPixelCount: 1 << 16))
                #expect(picture.pixels.count <= 3 << 16)
            } catch {
                #expect(error is DeeperError)
            }
        }
    }

    @Test("more pixels than the limit are refused, as many as the limit are not")
    func pixelLimit() throws {
        #expect(throws: Never.self) { try Picture(decoding: Fixture.grey, limits: DecodingLimits(maxPixelCount: 64)) }
        expectError(.limitExceeded, containing: "8x8 pixels is above the limit of 63") {
            try Picture(decoding: Fixture.grey, limits: DecodingLimits(maxPixelCount: 63))
        }
    }

    @Test("a longer file than the limit is refused, in memory and on disk")
    func fileLimit() throws {
        let limits = DecodingLimits(maxFileBytes: Fixture.grey.count - 1)
        expectError(.limitExceeded) { try Picture(decoding: Fixture.grey, limits: limits) }
        try withTemporaryFolder { folder in
            try Data(Fixture.grey).write(to: URL(filePath: folder + "/grey.jpg"))
            expectError(.limitExceeded, containing: "grey.jpg") {
                try Picture(contentsOf: folder + "/grey.jpg", limits: limits)
            }
            #expect(try Picture(contentsOf: folder + "/grey.jpg") == Picture(decoding: Fixture.grey))
        }
    }

    @Test("an unknown format, an empty file, a missing file and a folder are told apart")
    func otherFiles() throws {
        expectError(.invalidInput, containing: "first bytes are 66 7 1 2") {
            try Picture(decoding: [66, 7, 1, 2, 3])
        }
        expectError(.invalidInput, containing: "no bytes") { try Picture(decoding: []) }
        expectError(.fileNotFound, containing: "no/such/file.jpg") { try Picture(contentsOf: "no/such/file.jpg") }
        try withTemporaryFolder { folder in
            expectError(.invalidInput, containing: "regular file") { try Picture(contentsOf: folder) }
            #expect(mkfifo(folder + "/pipe.png", 0o600) == 0)
            expectError(.invalidInput, containing: "regular file") { try Picture(contentsOf: folder + "/pipe.png") }
        }
    }
}
