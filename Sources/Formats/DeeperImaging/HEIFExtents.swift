#if PictureFormats
import DeeperTensors

/// The sizes of all coded pictures in a HEIC or AVIF file (ISO/IEC 23008-12): the picture itself, tiles, alpha,
/// thumbnails.
///
/// libheif checks the sizes that the container states and then decodes data of any size: two kilobytes can ask for
/// 65536 x 65536 pixels. Therefore the coded data are examined first.
struct HEIFExtents {
    private let file: UnsafeRawBufferPointer
    /// The items whose coding is examined, with their identifiers.
    private var items: [(id: Int, isAV1: Bool)] = []
    private var places: [Place] = []
    /// The contents of the boxes hvcC and av1C.
    private var configurations: [(box: UnsafeRawBufferPointer, isAV1: Bool)] = []
    private var innerData: UnsafeRawBufferPointer?

    /// Where a part of an item is stored.
    private struct Place {
        var id: Int
        var isInside: Bool
        var offset: Int
        var byteCount: Int
    }

    /// Calls `body` with every extent.
    ///
    /// - Throws: `invalidInput` if the file is malformed; the errors of `body`.
    static func visit(_ file: UnsafeRawBufferPointer, _ body: (Extent) throws -> Void) throws {
        var reader = HEIFExtents(file: file)
        var cursor = ByteCursor(bytes: file)
        var boxes: [ISOBox] = []
        // As in libheif, the file ends where no further box can be read, because some cameras append other data.
        while let box = try? ISOBox(&cursor) { if box.type == "meta" { boxes.append(box) } }
        guard boxes.count == 1 else {
            throw DeeperError(.invalidInput, "the file is damaged: it has \(boxes.count) boxes \"meta\", expected one")
        }
        try reader.read(boxes[0].fullContent())
        try reader.visitData(body)
    }

    private init(file: UnsafeRawBufferPointer) { self.file = file }

    /// Reads the boxes inside meta, iprp and ipco.
    private mutating func read(_ container: UnsafeRawBufferPointer) throws {
        for box in try ISOBox.list(container) {
            switch box.type {
            case "iprp", "ipco": try read(box.content)
            case "hvcC": configurations.append((box.content, false))
            case "av1C": configurations.append((box.content, true))
            case "iinf": try readItems(box)
            case "iloc": try readPlaces(box)
            case "idat":
                guard innerData == nil else { throw DeeperError(.invalidInput, "there are two boxes idat") }
                innerData = box.content
            default: break
            }
        }
    }

    /// The box iinf (ISO/IEC 14496-12, 8.11.6).
    private mutating func readItems(_ box: ISOBox) throws {
        var content = ByteCursor(bytes: try box.fullContent())
        _ = try content.take(box.version == 0 ? 2 : 4)
        for entry in try ISOBox.list(content.take(content.remaining)) where entry.type == "infe" && entry.version >= 2 {
            var fields = ByteCursor(bytes: try entry.fullContent())
            let id = try fields.bigEndian(entry.version == 2 ? 2 : 4)
            _ = try fields.take(2)
            let type = String(decoding: try fields.take(4), as: UTF8.self)
            if ["hvc1", "av01"].contains(type) { items.append((id, type == "av01")) }
        }
    }

    /// The box iloc (ISO/IEC 14496-12, 8.11.3).
    private mutating func readPlaces(_ box: ISOBox) throws {
        var fields = ByteCursor(bytes: try box.fullContent())
        let sizes = try fields.bigEndian(2)
        let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
        guard box.version <= 2, [offsetSize, lengthSize, baseSize].allSatisfy([0, 4, 8].contains),
            box.version == 0 || sizes & 15 == 0
        else { throw DeeperError(.invalidInput, "the box iloc has a form that is not read") }
        let idSize = box.version == 2 ? 4 : 2
        for _ in 0..<(try fields.bigEndian(idSize)) {
            let id = try fields.bigEndian(idSize)
            let method = box.version == 0 ? 0 : try fields.bigEndian(2) & 15
            _ = try fields.take(2)
            let base = try fields.bigEndian(baseSize)
            for _ in 0..<(try fields.bigEndian(2)) {
                let (offset, overflow) = try base.addingReportingOverflow(fields.bigEndian(offsetSize))
                let byteCount = try fields.bigEndian(lengthSize)
                guard method <= 1, !overflow else {
                    throw DeeperError(.invalidInput, "an item is stored where it cannot be read")
                }
                places.append(Place(id: id, isInside: method == 1, offset: offset, byteCount: byteCount))
            }
        }
    }

    private func visitData(_ body: (Extent) throws -> Void) throws {
        for (box, isAV1) in configurations {
            if isAV1 {
                try AV1Extents.visit(UnsafeRawBufferPointer(rebasing: box.dropFirst(4)), body)
            } else {
                try HEVCExtents.inConfiguration(box, body)
            }
        }
        let placesByID = Dictionary(grouping: places, by: \.id)
        var byteCount = 0
        for item in items {
            var data: [UInt8] = []
            for place in placesByID[item.id] ?? [] {
                guard let source = place.isInside ? innerData : file, place.offset >= 0, place.byteCount >= 0,
                    place.offset <= source.count, place.byteCount <= source.count - place.offset
                else { throw DeeperError(.invalidInput, "the file ends early") }
                byteCount += place.byteCount
                // Items that share their bytes could demand more work than the length of the file suggests.
                guard byteCount <= file.count else { throw DeeperError(.invalidInput, "its items overlap") }
                data.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: source[place.offset..<place.offset + place.byteCount]))
            }
            try data.withUnsafeBytes { data in
                if item.isAV1 { try AV1Extents.visit(data, body) } else { try HEVCExtents.inData(data, body) }
            }
        }
    }
}
#endif
