import DeeperTensors

/// A picture file format that deeper can read, in this build or with the package trait `PictureFormats`.
package enum PictureFormat: CaseIterable, Sendable {
    case jpeg, png, bmp, pnm
    /// Read by libraries that the trait `PictureFormats` adds.
    case webp, heic, avif, gif, tiff

    /// The format's usual name.
    var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .bmp: "BMP"
        case .pnm: "PNM"
        case .webp: "WebP"
        case .heic: "HEIC"
        case .avif: "AVIF"
        case .gif: "GIF"
        case .tiff: "TIFF"
        }
    }

    /// The extensions of such files, in lower case and without the dot.
    var endings: [String] {
        switch self {
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .png: ["png"]
        case .bmp: ["bmp", "dib"]
        case .pnm: ["ppm", "pgm", "pbm", "pnm"]
        case .webp: ["webp"]
        case .heic: ["heic", "heif", "hif"]
        case .avif: ["avif"]
        case .gif: ["gif"]
        case .tiff: ["tif", "tiff"]
        }
    }

    /// The Debian package of the library that reads the format; nil for those that every build reads.
    var optionalPackage: String? {
        switch self {
        case .jpeg, .png, .bmp, .pnm: nil
        case .webp: "libwebp-dev"
        case .heic, .avif: "libheif-dev"
        case .gif: "libgif-dev"
        case .tiff: "libtiff-dev"
        }
    }

    /// Whether this build reads the format.
    package var isReadable: Bool {
        #if PictureFormats
        true
        #else
        optionalPackage == nil
        #endif
    }

    /// The names of the formats that this build reads, for messages: "JPEG, PNG, BMP and PNM".
    package static var readableNames: String {
        let names = allCases.filter(\.isReadable).map(\.name)
        return names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
    }
}
