import DeeperTensors

/// The run lengths of BMP files with 8 and 4 bits per pixel (RLE8 and RLE4).
enum BMPRunLengths {
    /// The colour numbers of all pixels, in the order of the file. A run ends at the end of its row at the latest.
    ///
    /// - Throws: `invalidInput` if the file ends before the pixels and their end mark.
    static func indices(_ cursor: inout ByteCursor, _ header: BMPHeader) throws -> [UInt8] {
        let width = header.extent.width, pixelCount = width * header.extent.height
        let isHalf = header.bitCount == 4
        var indices: [UInt8] = []
        indices.reserveCapacity(pixelCount)
        var x = 0
        func skip(_ count: Int) {
            indices.append(contentsOf: repeatElement(0, count: min(count, pixelCount - indices.count)))
        }
        while indices.count < pixelCount {
            let (count, code) = (try cursor.littleEndian(1), UInt8(try cursor.littleEndian(1)))
            switch (count, code) {
            case (0, 0):
                skip((width - indices.count % width) % width)
                x = 0
            case (0, 1): skip(pixelCount)
            case (0, 2):
                let (right, up) = (try cursor.littleEndian(1), try cursor.littleEndian(1))
                skip(right + up * width)
                x = indices.count % width
            case (0, _):
                let room = min(Int(code), pixelCount - indices.count)
                for byte in try cursor.take(isHalf ? (room + 1) / 2 : room) {
                    if isHalf { indices.append(byte >> 4) }
                    indices.append(isHalf ? byte & 15 : byte)
                }
                if isHalf, room % 2 == 1 { indices.removeLast() }
                x += Int(code)
                // Literal pixels are padded to 2 bytes.
                if cursor.position % 2 == 1, cursor.remaining > 0 { cursor.position += 1 }
            default:
                let room = min(count, max(0, width - x), pixelCount - indices.count)
                for index in 0..<room {
                    indices.append(isHalf ? (index % 2 == 0 ? code >> 4 : code & 15) : code)
                }
                x += room
            }
        }
        return indices
    }
}
