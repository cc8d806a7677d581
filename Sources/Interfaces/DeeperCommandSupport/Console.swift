#if CommandLine
import FoundationEssentials
import Glibc

/// Standard output for results, standard error for everything else.
package enum Console {
    /// The number of columns of the terminal that shows standard output, or the value of the variable DEEPER_COLUMNS; nil if
    /// the output goes to a file or another program, which accept lines of any length.
    package static var columns: Int? { columns(of: STDOUT_FILENO) }

    /// Like ``columns``, for another file descriptor.
    package static func columns(of file: Int32) -> Int? {
        if let forced = getenv("DEEPER_COLUMNS").flatMap({ Int(String(cString: $0)) }), forced > 0 { return forced }
        var size = winsize()
        guard isatty(file) == 1, ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    package static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Prints sentences, broken between words such that they fit the terminal, if standard output is one.
    package static func say(_ text: String) { print(columns.map { text.wrapped(to: $0) } ?? text) }

    package static func warn(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Writes without buffering, so that results and warnings appear in the order in which they were produced.
    package static func write(_ text: String, to file: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                // The reader is gone. Work whose results are files continues without showing its progress.
                if file == STDERR_FILENO { return }
                exit(EXIT_FAILURE)
            }
        }
    }

    /// Prints a value as JSON with sorted keys, on one line or indented.
    package static func printJSON(_ value: some Encodable, isPretty: Bool = true) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty
            ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
#endif
