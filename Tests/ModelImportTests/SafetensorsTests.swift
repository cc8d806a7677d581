import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// The bytes of a file: the length of `header`, `header`, `data`.
private func bytes(_ header: String, data: [UInt8] = [], claiming length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) } + header.utf8 + data
}

private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try withTemporaryFolder { folder in
        let path = folder + "/test.safetensors"
        try Data(bytes).write(to: URL(filePath: path))
        return try SafetensorsFile(path: path)
    }
}

/// One tensor "t" with four bytes of data, its fields given as JSON.
private func single(
    dtype: String = "\"F32\"", shape: String = "[1]", offsets: String = "[0,4]", more: String = ""
) -> [UInt8] {
    bytes(
        "{\"t\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)\(more)}}",
        data: [0, 0, 0x80, 0x3F])
}

private let field = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
private let one: [UInt8] = [0, 0, 0x80, 0x3F]

@Suite struct SafetensorsFormatTests {
    /// What the reference library takes, with the names it finds.
    static let accepted: [(String, [UInt8], [String])] = [
        ("plain", single(), ["t"]),
        ("empty object", bytes("{}"), []),
        ("white space around", bytes(" \t\r\n{} \n"), []),
        ("extra key", single(more: #","x":[{"y":null},-1.5e+3,true]"#), ["t"]),
        ("extra key twice", single(more: #","x":1,"x":2"#), ["t"]),
        ("number beyond float64 in an extra key", single(more: #","x":123456789012345678901234567890"#), ["t"]),
        ("nesting at the limit", single(more: ",\"x\":" + nested(125)), ["t"]),
        ("surrogate pair", single(more: #","x":"\ud83d\ude00""#), ["t"]),
        ("escapes in names", bytes(#"{"\u0074":\#(field)}"#, data: one), ["t"]),
        ("escapes in an element type", single(dtype: #""F\u0033\u0032""#), ["t"]),
        ("NUL in a name", bytes(#"{"a\u0000b":\#(field)}"#, data: one), ["a\0b"]),
        ("empty name", bytes(#"{"":\#(field)}"#, data: one), [""]),
        ("name outside of ASCII", bytes(#"{"名😀":\#(field)}"#, data: one), ["名😀"]),
        ("same name twice", bytes(#"{"t":\#(field),"t":\#(field)}"#, data: one), ["t"]),
        ("null as metadata", bytes(#"{"__metadata__":null,"t":\#(field)}"#, data: one), ["t"]),
        ("zero extent", single(shape: "[0,9]", offsets: "[0,0]").dropLast(4), ["t"]),
        ("zero before a huge extent", single(shape: "[0,4611686018427387904,4]", offsets: "[0,0]").dropLast(4), ["t"]),
        ("packed halves of a byte", single(dtype: "\"F4\"", shape: "[8]"), ["t"]),
        ("packed 6-bit elements", single(dtype: "\"F6_E2M3\"", shape: "[4]", offsets: "[0,3]").dropLast(1), ["t"]),
    ].map { ($0.0, Array($0.1), $0.2) }

    /// What the reference library refuses, and what it takes only by accident of its decoder (the last two).
    static let refused: [(String, [UInt8])] = [
        ("no bytes", []),
        ("7 bytes", [0, 0, 0, 0, 0, 0, 0]),
        ("empty header", bytes("")),
        ("length beyond the file", bytes("{}", claiming: 3)),
        ("largest length", bytes("{}", claiming: .max)),
        ("signed overflow of the length", bytes("{}", claiming: 1 << 63)),
        ("length into the data", bytes("{}", data: [0], claiming: 3)),
        ("not JSON", bytes("{")),
        ("not UTF-8", bytes("{}").dropLast() + [0xFF]),
        ("byte order mark", bytes("\u{FEFF}{}")),
        ("array outside", bytes("[]")),
        ("number outside", bytes("1")),
        ("text after the object", bytes("{}x")),
        ("NUL after the object", bytes("{}\0")),
        ("trailing comma", bytes(#"{"t":\#(field),}"#, data: one)),
        ("data without tensors", bytes("{}", data: [1])),
        ("missing dtype", bytes(#"{"t":{"shape":[1],"data_offsets":[0,4]}}"#, data: one)),
        ("missing shape", bytes(#"{"t":{"dtype":"F32","data_offsets":[0,4]}}"#, data: one)),
        ("missing offsets", bytes(#"{"t":{"dtype":"F32","shape":[1]}}"#, data: one)),
        ("repeated dtype", single(more: #","dtype":"F32""#)),
        ("null instead of a tensor", bytes(#"{"t":null}"#)),
        ("unknown dtype", single(dtype: "\"F3\"")),
        ("lower-case dtype", single(dtype: "\"f32\"")),
        ("number as dtype", single(dtype: "0")),
        ("negative extent", single(shape: "[-1]")),
        ("minus zero", single(shape: "[-0,1]", offsets: "[0,0]").dropLast(4)),
        ("leading zero", single(shape: "[01]")),
        ("float as extent", single(shape: "[1.0]")),
        ("exponent in an extent", single(shape: "[1e0]")),
        ("string as extent", single(shape: "[\"1\"]")),
        ("bool as extent", single(shape: "[true]")),
        ("null as shape", single(shape: "null")),
        ("extent beyond 64 bits", single(shape: "[18446744073709551616]")),
        ("product beyond 64 bits", single(shape: "[9223372036854775807,3,0]", offsets: "[0,0]").dropLast(4)),
        ("bits beyond 64 bits", single(shape: "[4611686018427387904]")),
        ("one offset", single(offsets: "[0]")),
        ("three offsets", single(offsets: "[0,4,4]")),
        ("reversed offsets", single(offsets: "[4,0]")),
        ("float as offset", single(offsets: "[0,4.0]")),
        ("first offset not 0", single(shape: "[0]", offsets: "[4,4]")),
        ("offsets do not fit the shape", single(shape: "[2]")),
        ("offsets past the data", single(shape: "[2]", offsets: "[0,8]")),
        ("data past the offsets", single(dtype: "\"U8\"", shape: "[3]", offsets: "[0,3]")),
        ("odd count of halves of a byte", single(dtype: "\"F4\"", shape: "[7]")),
        ("hole", bytes(#"{"a":\#(small(0, 1)),"b":\#(small(2, 3))}"#, data: [1, 2, 3])),
        ("overlap", bytes(#"{"a":\#(small(0, 2)),"b":\#(small(1, 3))}"#, data: [1, 2, 3])),
        ("metadata twice", bytes(#"{"__metadata__":{},"__metadata__":{}}"#)),
        ("number in metadata", bytes(#"{"__metadata__":{"a":1}}"#)),
        ("list as metadata", bytes(#"{"__metadata__":[]}"#)),
        ("control character", single(more: ",\"x\":\"\u{1}\"")),
        ("unknown escape", single(more: #","x":"\q""#)),
        ("lone leading surrogate", single(more: #","x":"\ud83dx""#)),
        ("lone trailing surrogate", single(more: #","x":"\ude00""#)),
        ("nesting beyond the limit", single(more: ",\"x\":" + nested(126))),
        ("array instead of a tensor", bytes(#"{"t":["F32",[1],[0,4]]}"#, data: one)),
        ("object as dtype", single(dtype: #"{"F32":null}"#)),
    ]

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    private static func small(_ begin: Int, _ end: Int) -> String {
        #"{"dtype":"U8","shape":[\#(end - begin)],"data_offsets":[\#(begin),\#(end)]}"#
    }

    @Test(arguments: accepted) func accepts(title: String, bytes: [UInt8], names: [String]) throws {
        #expect(try open(bytes).names == names)
    }

    @Test(arguments: refused) func refuses(title: String, bytes: [UInt8]) throws {
        let code = try errorCode { _ = try open(bytes) }
        #expect(code == .invalidModel || code == .limitExceeded)
    }

    /// The files and verdicts that the reference library gave.
    @Test(.enabled(if: TestData.has("malformed/safetensors"), "\(TestData.absence)"))
    func agreesWithReferenceLibrary() throws {
        let folder = TestData.path("malformed/safetensors")
        let verdicts = try JSONDecoder().decode(
            [String: String].self, from: Data(contentsOf: URL(filePath: folder + "/verdicts.json")))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".safetensors") }
        #expect(!files.isEmpty)
        for file in files.sorted() {
            let verdict = try #require(verdicts[file.replacingOccurrences(of: ".safetensors", with: "")])
            do {
                let names = try SafetensorsFile(path: folder + "/" + file).names.sorted()
                #expect(verdict == "accept:" + names.joined(separator: ","), "\(file)")
            } catch let error as DeeperError {
                #expect(verdict.hasPrefix("reject:"), "\(file): \(error)")
                #expect([.invalidModel, .limitExceeded].contains(error.code), "\(file): \(error)")
            }
        }
    }

    @Test func namesThatOnlyLookTheSameAreDifferent() throws {
        let file = try open(
            bytes(
                #"{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
                    + #""e\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: [7, 8]))
        #expect(try file.tensor(named: "\u{e9}").integers() == [7])
        #expect(try file.tensor(named: "e\u{301}").integers() == [8])
    }

    @Test func errorsNameThePlace() throws {
        let error = try #require(throws: DeeperError.self) { try open(single(shape: "[2]")) }
        #expect(error.breadcrumbs.count == 2)
        #expect(error.breadcrumbs.first?.hasSuffix("test.safetensors") == true)
        #expect(error.breadcrumbs.last == "tensor \"t\"")
        #expect(error.message == "data_offsets hold 4 bytes, shape [2] of F32 needs 8")
    }

    @Test func missingFilesAndFoldersAreNotFound() throws {
        for path in ["/nowhere/x.safetensors", "/", "/dev/zero", "", "/tmp\0/x"] {
            #expect(try errorCode { _ = try SafetensorsFile(path: path) } == .fileNotFound)
        }
    }

    /// 100 MB of brackets: long enough to notice recursion, copies or a table of values.
    @Test(.enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"), .timeLimit(.minutes(10)))
    func longestHeaderIsReadInTime() throws {
        let group = Self.nested(100) + ","
        let filling = String(repeating: group, count: (100_000_000 - 200) / group.utf8.count)
        #expect(try open(single(more: ",\"x\":[\(filling)0]")).names == ["t"])
    }
}

@Suite struct SafetensorsTensorTests {
    @Test func readsEveryElementType() throws {
        func entry(_ name: String, _ type: String, _ begin: Int, _ end: Int) -> String {
            #""\#(name)":{"dtype":"\#(type)","shape":[2],"data_offsets":[\#(begin),\#(end)]}"#
        }
        let header =
            [
                entry("u8", "U8", 0, 2), entry("i8", "I8", 2, 4), entry("bool", "BOOL", 4, 6),
                entry("f16", "F16", 6, 10), entry("bf16", "BF16", 10, 14), entry("f32", "F32", 14, 22),
                entry("i32", "I32", 22, 30), entry("f64", "F64", 30, 46), entry("i64", "I64", 46, 62),
                entry("u16", "U16", 62, 66), entry("i16", "I16", 66, 70), entry("u32", "U32", 70, 78),
                entry("u64", "U64", 78, 94), entry("f8", "F8_E4M3", 94, 96),
            ].joined(separator: ",") + #","__metadata__":{"format":"pt"}"#
        var data: [UInt8] = [1, 255, 1, 255, 0, 2]
        data += [0x00, 0x3C, 0x01, 0x00, 0x80, 0x3F, 0x00, 0xFF]
        for value in [Float(1.5), -.infinity] { withUnsafeBytes(of: value) { data += $0 } }
        for value in [Int32.min, 7] { withUnsafeBytes(of: value) { data += $0 } }
        for value in [Double.pi, -0.0] { withUnsafeBytes(of: value) { data += $0 } }
        for value in [Int64.max, -1] { withUnsafeBytes(of: value) { data += $0 } }
        for value in [UInt16.max, 7] { withUnsafeBytes(of: value) { data += $0 } }
        for value in [Int16.min, 7] { withUnsafeBytes(of: value) { data += $0 } }
        for value in [UInt32.max, 7] { withUnsafeBytes(of: value) { data += $0 } }
        for value in [UInt64.max, 7] { withUnsafeBytes(of: value) { data += $0 } }
        data += [0, 0]
        let file = try open(bytes("{\(header)}", data: data))

        #expect(file.metadata == ["format": "pt"])
        #expect(
            file.names == [
                "u8", "i8", "bool", "f16", "bf16", "f32", "i32", "f64", "i64", "u16", "i16", "u32", "u64", "f8",
            ])
        #expect(try file.tensor(named: "u8").elements(as: UInt8.self) == [1, 255])
        #expect(try file.tensor(named: "i8").elements(as: Int8.self) == [1, -1])
        #expect(try file.tensor(named: "bool").elements(as: Bool.self) == [false, true])
        #expect(try file.tensor(named: "f16").elements(as: Float.self) == [1, 0x1p-24])
        #expect(try file.tensor(named: "bf16").elements(as: Float.self) == [1, -0x1p127])
        #expect(try file.tensor(named: "f32").elements(as: Float.self) == [1.5, -.infinity])
        #expect(try file.tensor(named: "i32").elements(as: Int32.self) == [.min, 7])
        #expect(try file.tensor(named: "f64").elements(as: Double.self) == [.pi, -0.0])
        #expect(try file.tensor(named: "i64").elements(as: Int64.self) == [.max, -1])
        #expect(try file.tensor(named: "u16").elements(as: UInt16.self) == [.max, 7])
        #expect(try file.tensor(named: "i16").elements(as: Int16.self) == [.min, 7])
        #expect(try file.tensor(named: "u32").elements(as: UInt32.self) == [.max, 7])
        #expect(try file.tensor(named: "u64").elements(as: UInt64.self) == [.max, 7])
        #expect(file.entry(named: "f8")?.elementType == .float8e4m3)
        #expect(file.entry(named: "f8")?.byteCount == 2)

        let error = try #require(throws: DeeperError.self) { try file.tensor(named: "f8") }
        #expect(error.code == .unsupported)
        #expect(error.description.hasSuffix(#"> tensor "f8": dtype F8_E4M3 cannot be read"#))
        #expect(try errorCode { _ = try file.tensor(named: "none") } == .invalidInput)
    }

    @Test func widensEveryHalfExactly() throws {
        let halves = (0...UInt16.max).map { $0 }
        let header = #"{"h":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#
        let file = try open(bytes(header, data: halves.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
        let floats = try file.tensor(named: "h").elements(as: Float.self)
        for (half, float) in zip(halves, floats) {
            let (exponent, fraction) = (Int(half >> 10 & 31), Float(half & 1023) / 1024)
            let magnitude: Float =
                switch exponent {
                case 0: fraction * 0x1p-14
                case 31: fraction == 0 ? .infinity : .nan
                default: (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
                }
            if magnitude.isNaN { #expect(float.isNaN) } else { #expect(float.magnitude == magnitude) }
            #expect(magnitude.isNaN || (float.sign == .minus) == (half >> 15 == 1))
        }
    }

    @Test(.enabled(if: TestData.has("models/squeezenet_v1.1.safetensors"), "\(TestData.absence)"))
    func readsARealModel() throws {
        let file = try SafetensorsFile(path: TestData.path("models/squeezenet_v1.1.safetensors"))
        let tensors = try file.names.map { try file.tensor(named: $0) }
        #expect(tensors.count == 52)
        #expect(tensors.reduce(0) { $0 + $1.shape.elementCount } == 1_235_496)
        let weight = try file.tensor(named: "conv10.weight")
        #expect(weight.shape == [1000, 512, 1, 1])
        // The sum as NumPy forms it from the reference library's copy.
        #expect(try abs(weight.doubles().reduce(0, +) - 3445.8273601612473) < 1e-6)
    }

    /// Damaged files are refused or read; nothing else may happen.
    @Test(arguments: [1, 2, 3] as [UInt64]) func survivesDamage(seed: UInt64) throws {
        let intact = bytes(
            #"{"__metadata__":{"a":"b"},"a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},"b":\#(field2)}"#,
            data: [UInt8](repeating: 1, count: 8))
        #expect(try open(intact).names == ["a", "b"])
        if seed == 1 {
            for count in intact.indices {
                #expect(try errorCode { _ = try open(Array(intact[..<count])) } == .invalidModel, "\(count) bytes")
            }
        }
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var damaged = intact
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[.random(in: damaged.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = try errorCode {
                let file = try open(damaged)
                for name in file.names { _ = try file.tensor(named: name) }
            }
        }
    }

    private let field2 = #"{"dtype":"I32","shape":[1],"data_offsets":[4,8]}"#
}
