public import Foundation

/// Files that the tests read but the repository does not hold.
public enum TestData {
    /// The checkout.
    public static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// `DEEPER_TEST_DATA`, or the folder `shared/data` next to the checkout.
    public static let root: URL =
        if let path = ProcessInfo.processInfo.environment["DEEPER_TEST_DATA"] {
            URL(filePath: path, directoryHint: .isDirectory)
        } else {
            packageRoot.appending(path: "../shared/data", directoryHint: .isDirectory).standardizedFileURL
        }

    /// The comment of a skipped test.
    public static let absence = "needs the test data: set DEEPER_TEST_DATA or put it into ../shared/data"

    /// The path of a file or folder, which need not exist.
    public static func path(_ relativePath: String) -> String { root.appending(path: relativePath).path }

    /// Whether the file or folder is there.
    public static func has(_ relativePath: String) -> Bool {
        FileManager.default.fileExists(atPath: path(relativePath))
    }

    /// The files under a folder with one of the endings, sorted.
    public static func files(under relativePath: String, endings: [String]) -> [String] {
        let folder = root.appending(path: relativePath)
        let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        let urls = (found?.allObjects as? [URL] ?? []).filter { endings.contains($0.pathExtension.lowercased()) }
        return urls.map(\.path).sorted()
    }
}
