/// Which files count as pictures when a folder is listed: decided by the name, so that no file has to be opened.
///
/// Formats that this build does not read count too, so that their files are reported instead of passed over.
public enum PictureEndings {
    /// The endings of picture files, in lower case.
    public static let all = PictureFormat.allCases.flatMap(\.endings)

    /// Whether a file name has one of the endings, in upper or lower case.
    public static func fit(_ name: String) -> Bool {
        let name = name.lowercased()
        return all.contains { name.hasSuffix(".\($0)") }
    }

    /// The endings as messages list them: ".jpg, .jpeg or .png".
    public static var text: String {
        all.dropLast().map { ".\($0)" }.joined(separator: ", ") + " or ." + (all.last ?? "")
    }

    /// Whether a file starts like a picture that can be decoded; false if it cannot be read.
    static func startsLikePicture(_ path: String) -> Bool {
        FileAccess.start(of: path, byteCount: 256).withUnsafeBytes {
            PictureFormat.detected(in: $0)?.isReadable ?? false
        }
    }
}
