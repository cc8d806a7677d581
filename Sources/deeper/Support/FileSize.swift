#if CommandLine
import Glibc
import Tensors

/// The size of a file that was just written.
func fileByteCount(_ path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else {
        throw DeeperError(.internalFault, "the file is not there after it was written").within(path)
    }
    return Int(status.st_size)
}
#endif
