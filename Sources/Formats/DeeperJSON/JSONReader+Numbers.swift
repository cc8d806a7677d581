internal import DeeperTensors

extension JSONReader {
    /// Reads a number in any notation, rounded once to double precision.
    ///
    /// - Throws: an error for anything else, and for numbers beyond double precision's range.
    public mutating func number() throws -> Double {
        skipSpace()
        let start = position
        try skipNumber()
        let value = exactly(start..<position) ?? rounded(start..<position)
        guard value.isFinite else {
            position = start
            throw expected("a number within the range of double precision")
        }
        return value
    }

    /// Reads an integer, which may also be written with an exponent or a fraction of zeros.
    ///
    /// - Throws: an error for other numbers, and for those beyond 64 bits.
    public mutating func integer() throws -> Int64 { try integer("an integer of 64 bits") }

    /// Reads a non-negative integer, which unlike in ``unsignedInteger()`` may also be written with an exponent or a
    /// fraction of zeros.
    ///
    /// - Throws: an error for other numbers, and for those beyond 64 bits.
    public mutating func wholeNumber() throws -> UInt64 { try integer("an unsigned integer of 64 bits") }

    private mutating func integer<Whole: FixedWidthInteger>(_ kind: String) throws -> Whole {
        skipSpace()
        let start = position
        try skipNumber()
        if let value: Whole = decimal(start..<position) { return value }
        if let value = exactly(start..<position), let whole = Whole(exactly: value), abs(value) < 0x1p53 {
            return whole
        }
        position = start
        throw expected(kind)
    }

    /// Reads numbers in order, whether single, in an array or in nested arrays.
    ///
    /// - Parameter element: called at each number, which it must consume.
    public mutating func flattened(_ element: (inout JSONReader) throws -> Void) throws {
        if peek() == UInt8(ascii: "[") {
            try array { try $0.flattened(element) }
        } else {
            try element(&self)
        }
    }

    private func decimal<Whole: FixedWidthInteger>(_ range: Range<Int>) -> Whole? {
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        var value: Whole = 0
        for byte in bytes[range].dropFirst(isNegative ? 1 : 0) {
            guard byte.isDigit else { return nil }
            let digit = Whole(byte &- UInt8(ascii: "0"))
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = next
        }
        return value
    }

    /// The number, if its digits and its power of ten are both exact in double precision, so that a single operation
    /// rounds it; otherwise nil.
    private func exactly(_ range: Range<Int>) -> Double? {
        var position = range.lowerBound
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var digits: UInt64 = 0
        var exponent = 0
        var isFraction = false
        while position < range.upperBound {
            let byte = bytes[position]
            if byte.isDigit {
                guard digits < 1 << 53 / 10 else { return nil }
                digits = digits &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                if isFraction { exponent -= 1 }
            } else if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                break
            }
            position += 1
        }
        if position < range.upperBound {
            // At "e" or "E".
            position += 1
            let sign = bytes[position]
            if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position += 1 }
            var power = 0
            while position < range.upperBound {
                guard power < 1000 else { return nil }
                power = power * 10 + Int(bytes[position] &- UInt8(ascii: "0"))
                position += 1
            }
            exponent += sign == UInt8(ascii: "-") ? -power : power
        }
        guard abs(exponent) < JSONReader.powersOfTen.count else { return nil }
        let power = JSONReader.powersOfTen[abs(exponent)]
        let magnitude = exponent < 0 ? Double(digits) / power : Double(digits) * power
        return isNegative ? -magnitude : magnitude
    }

    private func rounded(_ range: Range<Int>) -> Double {
        // The standard library reads everything that the grammar allows, independent of the process's locale.
        Double(String(decoding: bytes[range], as: UTF8.self)) ?? .nan
    }

    /// The powers of ten that are exact in double precision.
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]
}
