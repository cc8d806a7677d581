#if CommandLine
import DeeperTensors
import Glibc

/// The size of a file that was just written.
func fileByteCount(_ path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else {
        throw DeeperError(.internalFault, "the file does not exist after it was written").within(path)
    }
    return Int(status.st_size)
}

/// Checks whether a file can be created at a path: before long work, not after it.
///
/// - Throws: `fileNotFound` if its folder does not exist or cannot be written to.
func checkFolder(of path: String) throws {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard access(folder, W_OK) == 0 else {
        throw DeeperError(.fileNotFound, "cannot be written: \(String(cString: strerror(errno)))").within(path)
    }
}
#endif
