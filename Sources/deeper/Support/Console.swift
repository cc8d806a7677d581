#if CommandLine
import FoundationEssentials
import Glibc
import Tensors

/// Standard output for results, standard error for everything else.
enum Console {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func warn(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Unbuffered, so that results and warnings come in the order in which they were made.
    static func write(_ text: String, to file: Int32) {
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
    static func printJSON(_ value: some Encodable, isPretty: Bool = true) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty
            ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// A line on standard error that says how far long work has come; silent where nobody looks.
struct ProgressBar {
    private let total: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var lastPercent = -1

    init(total: Int) {
        self.total = max(1, total)
        isShown = isatty(STDERR_FILENO) == 1
    }

    mutating func update(_ done: Int, _ note: String = "") {
        let percent = done * 100 / total
        guard isShown, percent != lastPercent else { return }
        lastPercent = percent
        let width = 30
        let filled = width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let elapsed = ContinuousClock.now - start
        let left = done > 0 ? elapsed * (total - done) / done : .zero
        Console.write("\r[\(bar)] \(done)/\(total) \(note) \(left.components.seconds) s left   ", to: STDERR_FILENO)
    }

    /// Clears the line for other text; the next update draws the bar again.
    mutating func clear() {
        finish()
        lastPercent = -1
    }

    func finish() {
        if isShown { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}

extension String {
    /// Without white space around it.
    var trimmed: String { String(drop(while: \.isWhitespace)).trimmingTrailingSpaces }

    var trimmingTrailingSpaces: String {
        var copy = self[...]
        while copy.last?.isWhitespace == true { copy.removeLast() }
        return String(copy)
    }
}

extension Int {
    /// The number with its digits in groups of three.
    var grouped: String {
        var result = ""
        for (position, digit) in String(magnitude).reversed().enumerated() {
            if position > 0, position % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (self < 0 ? "-" : "") + String(result.reversed())
    }
}

/// A number with a fixed count of digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String {
    // The longest number of type Double has 309 digits in front of the point.
    var text = [CChar](repeating: 0, count: 320 + digits)
    let count = withVaList([value]) { vsnprintf(&text, text.count, "%.\(digits)f", $0) }
    return String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// What the system said about a file, where Foundation passes it on.
func fileReason(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    let place = error.filePath.map { "\($0): " } ?? ""
    guard let cause = error.underlying as? POSIXError else { return place + "error \(error.code.rawValue)" }
    return place + String(cString: strerror(cause.code.rawValue))
}
#endif
