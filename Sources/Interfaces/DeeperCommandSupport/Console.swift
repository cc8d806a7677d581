#if CommandLine
import FoundationEssentials
import Glibc

/// Standard output for results, standard error for everything else.
package enum Console {
    package static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    package static func warn(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Unbuffered, so that results and warnings come in the order in which they were made.
    package static func write(_ text: String, to file: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                // Nobody reads any more. Work whose results are files goes on without its progress.
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
