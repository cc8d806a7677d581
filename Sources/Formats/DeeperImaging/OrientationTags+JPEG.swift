extension OrientationTags {
    /// The tags of a JPEG file: its APP1 segments before the first scan (ISO/IEC 10918-1, annex B; EXIF 2.32, 4.7).
    ///
    /// Several EXIF segments are parts of one block. Of several XMP segments the last one counts. JPEG markers inside a
    /// segment, such as those of a thumbnail, are ignored.
    init(jpeg bytes: UnsafeRawBufferPointer) {
        let exifLabel = Array("Exif\0\0".utf8), xmpLabel = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
        var lastXMP: Slice<UnsafeRawBufferPointer>?
        defer { xmp = lastXMP.map(Array.init) }
        var position = 2
        while position + 4 <= bytes.count {
            guard bytes[position] == 0xFF else {
                position += 1
                continue
            }
            switch bytes[position + 1] {
            case 0xFF: position += 1
            case 0x00, 0x01, 0xD0...0xD8: position += 2
            case 0xD9, 0xDA: return
            case let marker:
                let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
                let (start, end) = (position + 4, position + 2 + length)
                guard length >= 2, end <= bytes.count else { return }
                if marker == 0xE1 {
                    let segment = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                    if segment.starts(with: exifLabel) {
                        if exif == nil { exif = exifLabel }
                        exif!.append(contentsOf: UnsafeRawBufferPointer(rebasing: segment[exifLabel.count...]))
                    }
                    if segment.starts(with: xmpLabel) { lastXMP = segment[xmpLabel.count...] }
                }
                position = end
            }
        }
    }
}
