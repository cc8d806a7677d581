#if CommandLine
import ArgumentParser
import Imaging
import Tensors

/// How picture files are read.
struct ReadingOptions: ParsableArguments {
    @Option(
        help: "Which way up pictures are read: upright, as their EXIF block says, or stored (default: upright).",
        transform: orientation(named:))
    var orientation: Picture.Orientation = .upright

    private static func orientation(named name: String) throws -> Picture.Orientation {
        guard let orientation = Picture.Orientation(rawValue: name) else {
            throw ValidationError("--orientation must be upright or stored")
        }
        return orientation
    }

    /// Decodes a picture file.
    func read(_ path: String) throws -> Picture {
        try Picture(contentsOf: path, limits: .command, orientation: orientation)
    }

    /// Decodes the picture whose bytes come through a file descriptor, to its end.
    func read(from descriptor: Int32) throws -> Picture {
        let bytes = try FileAccess.read(from: descriptor, maxByteCount: DecodingLimits.command.maxFileBytes)
        return try Picture(decoding: bytes, limits: .command, orientation: orientation)
    }
}

extension DecodingLimits {
    /// Files on one's own disk: photographs of 108 megapixels and more. A progressive CMYK JPEG of this size takes 3 GiB.
    static let command = DecodingLimits(maxPixelCount: 1 << 28, maxFileBytes: 1 << 30)
}
#endif
