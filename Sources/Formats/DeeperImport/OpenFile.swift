import DeeperTensors
import Glibc

/// A regular file that is open for reading and is closed with the object.
///
/// Replacing the file by renaming another one over it does not affect readers. If the file itself is shortened or
/// overwritten, reading gives an error.
final class OpenFile: Sendable {
    let descriptor: Int32
    /// The length when the file was opened.
    let byteCount: Int
    private let path: String
    private let lastChange: timespec

    /// - Throws: `fileNotFound` if there is no such regular file or it cannot be opened.
    init(path: String) throws {
        guard !path.utf8.contains(0) else { throw DeeperError(.fileNotFound, "the path contains a NUL byte") }
        // Without O_NONBLOCK, opening a pipe that nobody writes to would wait forever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DeeperError(.fileNotFound, systemErrorText()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DeeperError(.fileNotFound, "not a regular file")
        }
        self.path = path
        self.descriptor = descriptor
        self.byteCount = Int(status.st_size)
        self.lastChange = status.st_mtim
    }

    deinit { close(descriptor) }

    /// The first bytes, or all bytes of a shorter file.
    func start(_ count: Int) throws -> [UInt8] {
        var start = [UInt8](repeating: 0, count: min(count, byteCount))
        if !start.isEmpty { try start.withUnsafeMutableBytes { try read(at: 0, into: $0) } }
        return start
    }

    /// Fills `bytes` with the file's bytes from `offset` on. Any thread may call it at any time.
    ///
    /// - Throws: `invalidModel` if the file was changed or cannot be read.
    func read(at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mtim.tv_sec == lastChange.tv_sec,
            status.st_mtim.tv_nsec == lastChange.tv_nsec, Int(status.st_size) == byteCount
        else {
            throw DeeperError(.invalidModel, "the weights cannot be read: the file was changed since it was opened")
                .within(path)
        }
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = count < 0 ? systemErrorText() : "it has become shorter since it was opened"
                throw DeeperError(.invalidModel, "the weights cannot be read: \(reason)").within(path)
            }
            done += count
        }
    }
}

/// A part of a file that holds the bytes of a tensor.
final class FileSource: TensorSource {
    private let file: OpenFile
    private let offset: Int
    let byteCount: Int

    init(_ file: OpenFile, _ range: Range<Int>) {
        (self.file, self.offset, self.byteCount) = (file, range.lowerBound, range.count)
    }

    func read(into bytes: UnsafeMutableRawBufferPointer) throws {
        try file.read(at: offset, into: bytes)
    }
}
