import CDeeperImaging
import DeeperTensors
import Glibc

/// Writes pictures as PNG files: 8-bit RGB, not interlaced, without metadata, always the same bytes for the same
/// picture.
public enum PNGEncoder {
    /// The picture as a PNG file in memory.
    ///
    /// - Throws: `invalidInput` if libpng refuses the picture, for example if it is wider than 1,000,000 pixels.
    public static func encode(_ picture: Picture) throws -> [UInt8] {
        guard let width = UInt32(exactly: picture.width), let height = UInt32(exactly: picture.height) else {
            throw DeeperError(.invalidInput, "a PNG file cannot hold \(picture.extent) pixels")
        }
        var byteCount = 0
        let block = try picture.pixels.withUnsafeBufferPointer { pixels in
            try withMessage { deeper_png_encode(pixels.baseAddress!, width, height, &byteCount, $0) }
        }
        defer { free(block) }
        return Array(UnsafeBufferPointer(start: block, count: byteCount))
    }

    /// Writes the picture as a PNG file, atomically: even after a crash, the file is either complete or as it was
    /// before.
    ///
    /// - Throws: as ``encode(_:)``; `fileNotFound` if the folder does not exist or cannot be written to.
    public static func write(_ picture: Picture, to path: String) throws {
        try locating(path) { try FileAccess.writeAtomically(encode(picture), to: path) }
    }
}
