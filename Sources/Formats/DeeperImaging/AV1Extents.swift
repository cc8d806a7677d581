#if PictureFormats
import DeeperTensors

/// The picture sizes in AV1 data: those of the sequence headers (AV1 Bitstream & Decoding Process, 5.5). A frame of a
/// still picture has no reason to have another size.
enum AV1Extents {
    /// Calls `body` with the extent of every sequence header in a run of OBUs.
    ///
    /// - Throws: `invalidInput` if the data are malformed, a frame comes before the first sequence header, which AVIF
    ///   does not allow, or a frame has a size of its own; the errors of `body`.
    static func visit(_ data: UnsafeRawBufferPointer, _ body: (Extent) throws -> Void) throws {
        var sequence: AV1SequenceHeader?
        var cursor = ByteCursor(bytes: data)
        while cursor.remaining > 0 {
            let header = try cursor.bigEndian(1)
            if header & 4 != 0 { _ = try cursor.take(1) }
            let content = try cursor.take(header & 2 != 0 ? AV1Extents.leb128(&cursor) : cursor.remaining)
            switch header >> 3 & 15 {
            case 1:
                let header = try AV1SequenceHeader(content)
                try body(header.extent)
                sequence = header
            case 3, 6, 7:
                guard try sequence?.isOverridden(by: content) == false else {
                    throw DeeperError(.invalidInput, "a frame has another size than the picture")
                }
            default: break
            }
        }
    }

    private static func leb128(_ cursor: inout ByteCursor) throws -> Int {
        var number = 0
        for index in 0..<8 {
            let byte = try cursor.bigEndian(1)
            number |= (byte & 127) << (7 * index)
            if byte & 128 == 0 { return number }
        }
        throw DeeperError(.invalidInput, "a length is too large")
    }
}

/// What a sequence header says about sizes, and what has to be known to find the size in a frame's header.
private struct AV1SequenceHeader {
    let extent: Extent
    private var isReduced = false
    /// The number of bits of a presentation time before each frame; 0 where there is none.
    private var timeBitCount = 0
    /// The number of bits of a frame's number; 0 where there is none.
    private var frameNumberBitCount = 0
    /// Nil where each frame states it.
    private var usesScreenContentTools: Bool?
    private var choosesIntegerVectors = true

    /// sequence_header_obu (5.5.1).
    init(_ content: UnsafeRawBufferPointer) throws {
        var bits = BitCursor(content)
        try bits.skip(4)
        isReduced = try bits.flag()
        if isReduced { try bits.skip(5) } else { timeBitCount = try AV1SequenceHeader.timing(&bits) }
        let (acrossBits, downBits) = (try bits.read(4) + 1, try bits.read(4) + 1)
        extent = Extent(width: try bits.read(acrossBits) + 1, height: try bits.read(downBits) + 1)
        guard !isReduced else { return }
        if try bits.flag() { frameNumberBitCount = try bits.read(4) + 2 + bits.read(3) + 1 }
        try bits.skip(3 + 4)
        let hasOrder = try bits.flag()
        if hasOrder { try bits.skip(2) }
        usesScreenContentTools = try bits.flag() ? nil : bits.flag()
        if usesScreenContentTools != false { choosesIntegerVectors = try bits.flag() }
    }

    /// Reads the fields from the timing to the operating points, and returns the number of bits of a presentation time
    /// before each frame.
    private static func timing(_ bits: inout BitCursor) throws -> Int {
        var isEven = false, delayBitCount: Int?, timeBitCount = 0
        if try bits.flag() {
            try bits.skip(64)
            isEven = try bits.flag()
            if isEven { _ = try bits.variableLength() }
            if try bits.flag() {
                delayBitCount = try bits.read(5) + 1
                try bits.skip(32 + 5)
                timeBitCount = try bits.read(5) + 1
            }
        }
        let hasDisplayDelay = try bits.flag()
        for _ in 0...(try bits.read(5)) {
            try bits.skip(12)
            if try bits.read(5) > 7 { try bits.skip(1) }
            if let delayBitCount, try bits.flag() { try bits.skip(2 * delayBitCount + 1) }
            if hasDisplayDelay, try bits.flag() { try bits.skip(4) }
        }
        return isEven ? 0 : timeBitCount
    }

    /// Whether a frame's header (5.9.2) announces a size of its own.
    func isOverridden(by content: UnsafeRawBufferPointer) throws -> Bool {
        guard !isReduced else { return false }
        var bits = BitCursor(content)
        let showsAnother = try bits.flag()
        if showsAnother { return false }
        let (key, switching) = (0, 3)
        let kind = try bits.read(2)
        let isShown = try bits.flag()
        try bits.skip(isShown ? timeBitCount : 1)
        if kind != switching, !(kind == key && isShown) { try bits.skip(1) }
        try bits.skip(1)
        let usesScreenContentTools = try self.usesScreenContentTools ?? bits.flag()
        if usesScreenContentTools, choosesIntegerVectors { try bits.skip(1) }
        try bits.skip(frameNumberBitCount)
        return try kind == switching || bits.flag()
    }
}
#endif
