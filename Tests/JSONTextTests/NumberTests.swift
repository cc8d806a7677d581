import DeeperJSON
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Numbers of JSON texts, against the C library's strtod.
struct NumberTests {
    private func number(_ text: String) throws -> Double {
        var reader = try JSONReader([UInt8](text.utf8), errors: .invalidInput)
        let value = try reader.number()
        try reader.end()
        return value
    }

    @Test(
        "numbers are rounded as strtod rounds them",
        arguments: [
            "0", "-0", "1", "0.1", "-2.5e-3", "1e22", "1e23", "123456789012345678", "9007199254740993", "1e308",
            "4.9e-324", "2.2250738585072011e-308", "0.30000000000000004", "3.4028234663852886e+38",
            "179769313486231580793728971405301e276", "1E+2", "0.000000000000000000000000000000000001",
        ])
    func examples(text: String) throws {
        #expect(try number(text).bitPattern == strtod(text, nil).bitPattern)
    }

    @Test("numbers beyond double precision's range are refused", arguments: ["1e400", "-1e999", "1e309"])
    func beyond(text: String) {
        #expect { try number(text) } throws: { "\($0)".contains("within the range of double precision") }
    }

    @Test("so are 20,000 seeded ones of every magnitude, as Python writes them")
    func seeded() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(try number("\(value)").bitPattern == value.bitPattern)
            let short = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            guard short.isFinite else { continue }
            #expect(Float(try number("\(short)")).bitPattern == short.bitPattern)
        }
    }

    @Test("integers up to 64 bits are exact, others are refused")
    func integers() throws {
        func integer(_ text: String) throws -> Int64 {
            var reader = try JSONReader([UInt8](text.utf8), errors: .invalidInput)
            return try reader.integer()
        }
        #expect(try integer("9223372036854775807") == .max)
        #expect(try integer("-9223372036854775808") == .min)
        #expect(try integer("2.0") == 2)
        #expect(try integer("1e3") == 1000)
        for text in ["9223372036854775808", "1.5", "1e30", "\"1\"", "true"] {
            #expect(try errorCode { _ = try integer(text) } == .invalidInput, "\(text)")
        }
    }

    @Test("whole numbers up to 2^64 - 1 are exact, and what is none is refused")
    func wholeNumbers() throws {
        func whole(_ text: String) throws -> UInt64 {
            var reader = try JSONReader([UInt8](text.utf8), errors: .invalidInput)
            return try reader.wholeNumber()
        }
        #expect(try whole("18446744073709551615") == .max)
        #expect(try whole("0") == 0)
        #expect(try whole("-0") == 0)
        #expect(try whole("2.0") == 2)
        #expect(try whole("1e3") == 1000)
        for text in ["18446744073709551616", "-1", "-1.0", "1.5", "1e30", "\"1\"", "true"] {
            #expect(try errorCode { _ = try whole(text) } == .invalidInput, "\(text)")
        }
    }

    @Test("arrays within arrays are read in order, and what is no number is refused")
    func flattened() throws {
        func all(_ text: String) throws -> [Double] {
            var reader = try JSONReader([UInt8](text.utf8), errors: .invalidInput)
            var values: [Double] = []
            try reader.flattened { values.append(try $0.number()) }
            try reader.end()
            return values
        }
        #expect(try all("[1, [2, [3]], 4]") == [1, 2, 3, 4])
        #expect(try all("[]") == [])
        #expect(try all("7") == [7])
        for text in ["[1,]", "[1 2]", "[NaN]", "[01]", "[+1]", "[1.]", "[.5]", "[1e]", "[", "[[1]", "[null]", "[1]]"] {
            #expect(try errorCode { _ = try all(text) } == .invalidInput, "\(text)")
        }
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(try errorCode { _ = try all(deep) } == .limitExceeded)
    }

    @Test("what is written is read back")
    func written() throws {
        var text = JSONText()
        text.append("[")
        text.append(quoting: "a\"\\\n\u{1}é\u{1F600}")
        text.append(",")
        let isNumber = text.append(Float(0.1))
        #expect(isNumber)
        text.append("]")
        let value = try JSONSerialization.jsonObject(with: Data(text.bytes)) as? [Any]
        #expect(value?[0] as? String == "a\"\\\n\u{1}é\u{1F600}")
        #expect((value?[1] as? Double).map { Float($0) } == 0.1)
        let others = [text.append(Float.nan), text.append(Double.infinity)]
        #expect(others == [false, false])
    }
}
