import DeeperTensors
import Glibc

/// A regular file in memory for reading, mapped or copied. The memory is released with the object.
///
/// The pages of a mapped file are read from the disk when they are first touched. Such a file must not be overwritten
/// or shortened: its bytes would change, and the system ends a process that touches a page that no longer exists. A
/// copy no longer depends on the file.
final class MappedFile: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer?
    let isCopied: Bool
    /// The same file, for reads that outlive the mapping.
    let file: OpenFile
    /// The length of the file in bytes.
    var byteCount: Int { file.byteCount }

    /// Maps or copies the file at `path`.
    ///
    /// - Throws: `fileNotFound` if there is no such regular file or it cannot be opened; `limitExceeded` if the system
    ///   refuses the memory; `invalidModel` if the file changes while it is copied.
    init(path: String, isCopied: Bool = false) throws {
        self.file = try OpenFile(path: path)
        self.isCopied = isCopied
        let byteCount = file.byteCount
        guard byteCount > 0 else {
            self.base = nil
            return
        }
        let base =
            isCopied
            ? mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            : mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
        guard let base, base != MAP_FAILED else {
            throw DeeperError(.limitExceeded, "the system refused to map \(byteCount) bytes: \(systemErrorText())")
        }
        self.base = base
        if isCopied { try file.read(at: 0, into: UnsafeMutableRawBufferPointer(start: base, count: byteCount)) }
    }

    deinit {
        if let base { munmap(base, byteCount) }
    }

    /// Calls `body` with the bytes of `range`, which must not leave the closure.
    ///
    /// - Precondition: `range` is within `0..<byteCount`.
    func withUnsafeBytes<Result>(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range outside of the mapped file")
        return try withExtendedLifetime(self) {
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(start: base, count: byteCount)[range]))
        }
    }

    /// The checksum of the bytes of `range`.
    ///
    /// - Precondition: as for ``bytes(in:)``.
    func checksum(in range: Range<Int>) -> UInt64 { withUnsafeBytes(in: range) { DeeperTensors.checksum(of: $0) } }

    /// A copy of the bytes of `range`.
    ///
    /// - Precondition: `range` is within `0..<byteCount`.
    func bytes(in range: Range<Int>) -> [UInt8] { withUnsafeBytes(in: range) { [UInt8]($0) } }
}

/// The system's message for the last call that failed on this thread.
func systemErrorText() -> String { String(cString: strerror(errno)) }

extension String {
    /// The text between quotation marks for a message: control characters escaped, cut after 80 characters.
    package var quotedForMessage: String {
        let start = prefix(80)
        return (String(start) + (start.endIndex < endIndex ? "..." : "")).debugDescription
    }
}
