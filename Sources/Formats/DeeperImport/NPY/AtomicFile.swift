import DeeperTensors
import Glibc

/// A file that appears under its name only once it is complete.
struct AtomicFile: ~Copyable {
    private let descriptor: Int32

    /// Writes what `body` appends to a new file in the same folder as `path`, flushes it to the disk and renames it to
    /// `path`.
    ///
    /// - Throws: `fileNotFound` if the new file cannot be made or renamed; `limitExceeded` if the system refuses its
    ///   bytes; the errors of `body`. After an error the new file is removed and `path` is unchanged.
    static func write(to path: String, _ body: (borrowing AtomicFile) throws -> Void) throws {
        guard !path.utf8.contains(0) else { throw DeeperError(.fileNotFound, "the path contains a NUL byte") }
        let temporaryPath = "\(path).\(UInt64.random(in: .min ... .max)).tmp"
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw DeeperError(.fileNotFound, "cannot be written: \(systemErrorText())") }
        do {
            do {
                defer { close(descriptor) }
                try body(AtomicFile(descriptor: descriptor))
                guard fsync(descriptor) == 0 else { throw refusal() }
            }
            guard rename(temporaryPath, path) == 0 else {
                throw DeeperError(.fileNotFound, "cannot be replaced: \(systemErrorText())")
            }
        } catch {
            unlink(temporaryPath)
            throw error
        }
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// Appends `bytes`.
    ///
    /// - Throws: `limitExceeded` if the system refuses them.
    borrowing func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw AtomicFile.refusal()
            }
        }
    }

    /// Appends `bytes`, and zeros until a multiple of `alignment` bytes is appended.
    borrowing func append(_ bytes: UnsafeRawBufferPointer, upTo alignment: Int) throws {
        try append(bytes)
        let gap = [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
        try gap.withUnsafeBytes { try append($0) }
    }

    private static func refusal() -> DeeperError {
        DeeperError(.limitExceeded, "the system refused to write: \(systemErrorText())")
    }
}
