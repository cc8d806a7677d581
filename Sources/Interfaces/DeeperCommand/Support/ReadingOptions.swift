#if CommandLine
import ArgumentParser
import DeeperImaging
import DeeperTensors

/// How picture files are read.
struct ReadingOptions: ParsableArguments {
    @Option(
        help: "How pictures are turned: upright, as their EXIF block says, or stored, as they are (default: upright).",
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

    /// Reads a file descriptor to its end and decodes the picture.
    func read(from descriptor: Int32) throws -> Picture {
        let bytes = try FileAccess.read(from: descriptor, maxByteCount: DecodingLimits.command.maxFileBytes)
        return try Picture(decoding: bytes, limits: .command, orientation: orientation)
    }
}

extension DecodingLimits {
    /// For files on the user's own disk: photographs of 108 megapixels and more. A progressive CMYK JPEG of this size
    /// takes 3 GiB.
    static let command = DecodingLimits(maxPixelCount: 1 << 28, maxFileBytes: 1 << 30)
}
#endif
