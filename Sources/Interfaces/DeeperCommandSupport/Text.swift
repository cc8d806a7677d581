#if CommandLine
import Glibc

extension String {
    /// The text without leading and trailing white space.
    package var trimmed: String { String(drop(while: \.isWhitespace)).trimmingTrailingSpaces }

    package var trimmingTrailingSpaces: String {
        var copy = self[...]
        while copy.last?.isWhitespace == true { copy.removeLast() }
        return String(copy)
    }
}

extension String {
    /// The text, with its middle replaced by "…" if it is longer than `length` characters: names of layers differ at
    /// both ends.
    package func shortened(to length: Int) -> String {
        guard count > length, length > 0 else { return count > length ? "" : self }
        let kept = length - 1
        return prefix((kept + 1) / 2) + "…" + suffix(kept / 2)
    }
}

extension String {
    /// The text with line breaks instead of spaces where lines would be longer than a number of characters. Words that
    /// are longer themselves stay whole, and so does the indentation of the first line.
    package func wrapped(to length: Int) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var lines = [String(line.prefix { $0 == " " })]
            for word in line.split(separator: " ") {
                let last = lines[lines.count - 1]
                let isStart = last.allSatisfy { $0 == " " }
                if !isStart, last.count + 1 + word.count > length {
                    lines.append(String(word))
                } else {
                    lines[lines.count - 1] += (isStart ? "" : " ") + word
                }
            }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

extension Int {
    /// The number with three digits and a unit: 1.58 G.
    package var rounded: String { rounded(units: ["", " K", " M", " G", " T", " P"], step: 1000) }

    /// A count of bytes with three digits and a unit: 40.7 MiB.
    package var bytes: String { rounded(units: [" B", " KiB", " MiB", " GiB", " TiB", " PiB"], step: 1024) }

    private func rounded(units: [String], step: Double) -> String {
        var value = Double(magnitude), unit = 0
        // 999.5 would be written as 1000.
        while value >= 999.5, unit < units.count - 1 {
            value /= step
            unit += 1
        }
        let digits = unit == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        return (self < 0 ? "-" : "") + fixed(value, digits) + units[unit]
    }

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
