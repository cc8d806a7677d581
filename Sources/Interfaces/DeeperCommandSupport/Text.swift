#if CommandLine
import Glibc

extension String {
    /// Without white space around it.
    package var trimmed: String { String(drop(while: \.isWhitespace)).trimmingTrailingSpaces }

    package var trimmingTrailingSpaces: String {
        var copy = self[...]
        while copy.last?.isWhitespace == true { copy.removeLast() }
        return String(copy)
    }
}

extension Int {
    /// The number with its digits in groups of three.
    package var grouped: String {
        var result = ""
        for (position, digit) in String(magnitude).reversed().enumerated() {
            if position > 0, position % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (self < 0 ? "-" : "") + String(result.reversed())
    }
}

/// A number with a fixed count of digits after the point.
package func fixed(_ value: Double, _ digits: Int) -> String {
    // The longest number of type Double has 309 digits before the point.
    var text = [CChar](repeating: 0, count: 320 + digits)
    let count = withVaList([value]) { vsnprintf(&text, text.count, "%.\(digits)f", $0) }
    return String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
#endif
