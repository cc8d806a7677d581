import Glibc
import Tensors

/// A regular file, mapped into memory for reading and unmapped with the object.
///
/// The pages are private to the process and are read from the disk when they are first touched. The file must not be
/// shortened while it is mapped: the system ends a process that touches a page which has gone.
final class MappedFile: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer?
    /// The same file, for reads that outlive the mapping.
    let file: OpenFile
    /// The length of the file in bytes.
    var byteCount: Int { file.byteCount }

    /// Maps the file at `path`.
    ///
    /// - Throws: `fileNotFound` if there is no such regular file or it cannot be opened; `limitExceeded` if the system
    ///   refuses the mapping.
    init(path: String) throws {
        self.file = try OpenFile(path: path)
        let byteCount = file.byteCount
        guard byteCount > 0 else {
            self.base = nil
            return
        }
        guard let base = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file.descriptor, 0), base != MAP_FAILED else {
            throw DeeperError(.limitExceeded, "the system refused to map \(byteCount) bytes: \(systemErrorText())")
        }
        self.base = base
    }

    deinit {
        if let base { munmap(base, byteCount) }
    }

    /// Calls `body` with the bytes of `range`, which must not leave the closure.
    ///
    /// - Precondition: `range` lies within `0..<byteCount`.
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
    /// - Precondition: as of ``bytes(in:)``.
    func checksum(in range: Range<Int>) -> UInt64 { withUnsafeBytes(in: range) { Tensors.checksum(of: $0) } }

    /// A copy of the bytes of `range`.
    ///
    /// - Precondition: `range` lies within `0..<byteCount`.
    func bytes(in range: Range<Int>) -> [UInt8] { withUnsafeBytes(in: range) { [UInt8]($0) } }
}

/// What the system says about the last call that failed on this thread.
func systemErrorText() -> String { String(cString: strerror(errno)) }

extension String {
    /// The text between quotation marks for a message: control characters escaped, cut after 80 characters.
    package var quotedForMessage: String {
        let start = prefix(80)
        return (String(start) + (start.endIndex < endIndex ? "..." : "")).debugDescription
    }
}
