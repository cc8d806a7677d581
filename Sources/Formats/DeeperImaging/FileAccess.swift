import DeeperTensors
import Glibc

/// Reads and writes whole files.
package enum FileAccess {
    /// Reads a regular file.
    ///
    /// - Throws: `fileNotFound` if it cannot be opened or read, `invalidInput` if it is not a regular file,
    ///   `limitExceeded` if it is longer than `maxByteCount`.
    package static func read(_ path: String, maxByteCount: Int) throws -> [UInt8] {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw systemError("the file cannot be opened") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw systemError("the file cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw DeeperError(.invalidInput, "this is not a regular file") }
        let byteCount = Int(status.st_size)
        guard byteCount <= maxByteCount else {
            throw DeeperError(.limitExceeded, "the file has \(byteCount) bytes, the limit is \(maxByteCount)")
        }
        return try [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            while count < byteCount {
                let step = Glibc.read(file, buffer.baseAddress! + count, byteCount - count)
                if step < 0 && errno == EINTR { continue }
                guard step >= 0 else { throw systemError("the file cannot be read") }
                if step == 0 { break }
                count += step
            }
        }
    }

    /// The first bytes of a regular file, as many as there are up to `byteCount`; none if it cannot be read.
    static func start(of path: String, byteCount: Int) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            // The call writes at most `byteCount` bytes and returns their number.
            count = max(0, Glibc.read(file, buffer.baseAddress, byteCount))
        }
    }

    /// Reads an open file, pipe or terminal to the end.
    ///
    /// - Throws: `fileNotFound` if it cannot be read, `limitExceeded` if more than `maxByteCount` bytes come.
    package static func read(from file: Int32, maxByteCount: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let step = Glibc.read(file, &part, part.count)
            if step < 0 && errno == EINTR { continue }
            guard step >= 0 else { throw systemError("the input cannot be read") }
            if step == 0 { return bytes }
            guard bytes.count + step <= maxByteCount else {
                throw DeeperError(.limitExceeded, "the input has more bytes than the limit of \(maxByteCount)")
            }
            bytes.append(contentsOf: part[..<step])
        }
    }

    /// Writes a temporary file in the same folder and renames it to `path`.
    ///
    /// - Throws: `fileNotFound` if the system refuses; the file at `path` is then untouched.
    package static func writeAtomically(_ bytes: [UInt8], to path: String) throws {
        let temporary = "\(path).\(UInt64.random(in: 0...(.max))).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw systemError("the file cannot be made") }
        do {
            try write(bytes, to: file)
            guard fsync(file) == 0 else { throw systemError("the file cannot be finished") }
            guard rename(temporary, path) == 0 else { throw systemError("the file cannot be moved into place") }
            close(file)
        } catch {
            close(file)
            unlink(temporary)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let step = Glibc.write(file, buffer.baseAddress! + written, buffer.count - written)
                if step < 0 && errno == EINTR { continue }
                guard step > 0 else { throw systemError("the file cannot be written") }
                written += step
            }
        }
    }

    private static func systemError(_ message: String) -> DeeperError {
        DeeperError(.fileNotFound, "\(message): \(String(cString: strerror(errno)))")
    }
}
