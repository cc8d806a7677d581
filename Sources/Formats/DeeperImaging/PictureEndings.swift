/// The file name extensions that identify pictures when a folder is listed, so that no file has to be opened.
///
/// Extensions of formats that this build does not read are included, so that such files are reported instead of
/// ignored.
public enum PictureEndings {
    /// The extensions of picture files, in lower case.
    public static let all = PictureFormat.allCases.flatMap(\.endings)

    /// Whether a file name has one of the extensions, in upper or lower case.
    public static func fit(_ name: String) -> Bool {
        let name = name.lowercased()
        return all.contains { name.hasSuffix(".\($0)") }
    }

    /// The extensions as listed in messages: ".jpg, .jpeg or .png".
    public static var text: String {
        all.dropLast().map { ".\($0)" }.joined(separator: ", ") + " or ." + (all.last ?? "")
    }

    /// Whether the first bytes of a file are those of a picture format that this build decodes; false if the file
    /// cannot be read.
    static func startsLikePicture(_ path: String) -> Bool {
        FileAccess.start(of: path, byteCount: 256).withUnsafeBytes {
            PictureFormat.detected(in: $0)?.isReadable ?? false
        }
    }
}
