import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// The bytes of a file with the given dictionary.
private func bytes(_ header: String, data: [UInt8] = [], version: [UInt8] = [1, 0], claiming: Int? = nil) -> [UInt8] {
    let length = claiming ?? header.utf8.count
    let lengthBytes = (0..<(version[0] == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return [0x93] + "NUMPY".utf8 + version + lengthBytes + header.utf8 + data
}

private func header(_ descr: String = "'|u1'", order: String = "False", shape: String) -> String {
    "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }\n"
}

private func read(_ bytes: [UInt8]) throws -> Tensor {
    try withTemporaryFolder { folder in
        let path = folder + "/test.npy"
        try Data(bytes).write(to: URL(filePath: path))
        return try NPYFile.read(path: path)
    }
}

@Suite struct NPYReadingTests {
    @Test(arguments: [[1, 0], [2, 0], [3, 0]] as [[UInt8]]) func readsEveryVersion(version: [UInt8]) throws {
        let tensor = try read(bytes(header(shape: "(2, 3)"), data: [1, 2, 3, 4, 5, 6], version: version))
        #expect(tensor.shape == [2, 3])
        #expect(try tensor.integers() == [1, 2, 3, 4, 5, 6])
    }

    @Test func transposesColumnMajorArrays() throws {
        // numpy.asfortranarray(numpy.arange(24, dtype='u1').reshape(2, 3, 4)).tobytes('A')
        let data: [UInt8] = [
            0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23,
        ]
        let tensor = try read(bytes(header(order: "True", shape: "(2, 3, 4)"), data: data))
        #expect(tensor.shape == [2, 3, 4])
        #expect(try tensor.integers() == Array(0..<24))

        let wide = try read(
            bytes(
                header("'<i8'", order: "True", shape: "(1, 2)"),
                data: [1] + [UInt8](repeating: 0, count: 14) + [128]))
        #expect(try wide.elements(as: Int64.self) == [1, .min])
        // numpy.asfortranarray(numpy.array([[1, -2], [300, 4]], '<i2')).tobytes('A')
        let narrow = try read(
            bytes(header("'<i2'", order: "True", shape: "(2, 2)"), data: [1, 0, 44, 1, 254, 255, 4, 0]))
        #expect(try narrow.elements(as: Int16.self) == [1, -2, 300, 4])
        #expect(try read(bytes(header(order: "True", shape: "(1099511627776, 4, 0)"))).shape.isEmpty)
    }

    @Test func readsOtherSpellings() throws {
        let spaced = "{ \"shape\":( ),'fortran_order':False,\"descr\" : \"|b1\"}   "
        #expect(try read(bytes(spaced, data: [2])).elements(as: Bool.self) == [true])
        #expect(try read(bytes(header(shape: "(2,)"), data: [8, 9])).shape == [2])
    }

    @Test("arrays of the other byte order, and what Python 2 wrote") func readsOtherOrders() throws {
        // numpy.array([1, -2.5], '>f4'), numpy.array([258, -1], '>i8'), the latter with Python 2's long extents.
        let floats = try read(bytes(header("'>f4'", shape: "(2,)"), data: [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0]))
        #expect(try floats.elements(as: Float.self) == [1, -2.5])
        let wide: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2] + [UInt8](repeating: 255, count: 8)
        #expect(try read(bytes(header("'>i8'", shape: "(2L,)"), data: wide)).integers() == [258, -1])
        let doubles = header("'>f8'", order: "True", shape: "(1, 2)")
        let bits: [UInt8] = [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0]
        #expect(try read(bytes(doubles, data: bits)).elements(as: Double.self) == [1, -1])
        // numpy.array([1, -2.5], '<f2')
        let halves = try read(bytes(header("'<f2'", shape: "(2,)"), data: [0, 0x3c, 0, 0xc1]))
        #expect(try halves.elements(as: Float16.self) == [1, -2.5])
        // numpy.array([1, -2.5], '>f2'), numpy.array([258, 65535], '>u2')
        let others = try read(bytes(header("'>f2'", shape: "(2,)"), data: [0x3c, 0, 0xc1, 0]))
        #expect(try others.elements(as: Float16.self) == [1, -2.5])
        let unsigned = try read(bytes(header("'>u2'", shape: "(2,)"), data: [1, 2, 255, 255]))
        #expect(try unsigned.elements(as: UInt16.self) == [258, 65_535])
        #expect(try read(bytes(header("'=i4'", shape: "()"), data: [1, 1, 0, 0])).integers() == [257])
        #expect(try read(bytes(header("u'<u1'", shape: "(2L,)"), data: [8, 9])).integers() == [8, 9])
    }

    static let refused: [(String, [UInt8], DeeperError.Code)] = [
        ("empty file", [], .invalidModel),
        ("other magic", [UInt8](repeating: 0, count: 80), .invalidModel),
        ("future version", bytes("{}", version: [4, 0]), .unsupported),
        ("length beyond the file", bytes("{}", claiming: 100), .invalidModel),
        ("largest length", bytes("{}", version: [2, 0], claiming: 0xFFFF_FFFF), .invalidModel),
        ("very long header", bytes(String(repeating: " ", count: 70_000), version: [2, 0]), .limitExceeded),
        ("empty header", bytes(""), .invalidModel),
        ("too few bytes", bytes(header(shape: "(3,)"), data: [1, 2]), .invalidModel),
        ("too many bytes", bytes(header(shape: "(1,)"), data: [1, 2]), .invalidModel),
        ("complex64", bytes(header("'<c8'", shape: "()"), data: [0, 0, 0, 0, 0, 0, 0, 0]), .unsupported),
        ("no byte order", bytes(header("'f4'", shape: "()"), data: [0, 0, 0, 0]), .unsupported),
        ("bytes of no order", bytes(header("'|f4'", shape: "()"), data: [0, 0, 0, 0]), .unsupported),
        ("long double", bytes(header("'<g2'", shape: "()"), data: [0, 0]), .unsupported),
        ("structured", bytes(header("[('a', '<f4')]", shape: "()")), .unsupported),
        ("objects", bytes(header("'|O'", shape: "()")), .unsupported),
        ("negative extent", bytes(header(shape: "(-1,)")), .invalidModel),
        ("float as extent", bytes(header(shape: "(1.0,)"), data: [1]), .invalidModel),
        ("leading zero", bytes(header(shape: "(01,)"), data: [1]), .invalidModel),
        ("number instead of a tuple", bytes(header(shape: "1"), data: [1]), .invalidModel),
        ("number in parentheses", bytes(header(shape: "(1)"), data: [1]), .invalidModel),
        ("list instead of a tuple", bytes(header(shape: "[1]"), data: [1]), .invalidModel),
        ("extent beyond 63 bits", bytes(header(shape: "(9223372036854775808,)")), .invalidModel),
        ("overflowing product", bytes(header(shape: "(4294967296, 4294967296)")), .limitExceeded),
        ("overflowing bytes", bytes(header("'<f8'", shape: "(2305843009213693952,)")), .limitExceeded),
        ("65 axes", bytes(header(shape: "(" + String(repeating: "1,", count: 65) + ")"), data: [1]), .limitExceeded),
        ("number as order", bytes(header(order: "0", shape: "()"), data: [1]), .invalidModel),
        ("missing shape", bytes("{'descr': '|u1', 'fortran_order': False}", data: [1]), .invalidModel),
        ("missing order", bytes("{'descr': '|u1', 'shape': ()}", data: [1]), .invalidModel),
        ("repeated key", bytes("{'descr': '|u1', 'descr': '|u1', 'shape': ()}", data: [1]), .invalidModel),
        ("unknown key", bytes(header(shape: "(), 'x': 1"), data: [1]), .invalidModel),
        ("text after the header", bytes(header(shape: "()") + "x", data: [1]), .invalidModel),
        ("escape in a string", bytes(header("'|u\\x31'", shape: "()"), data: [1]), .invalidModel),
    ]

    @Test(arguments: refused) func refuses(title: String, bytes: [UInt8], code: DeeperError.Code) throws {
        #expect(try errorCode { _ = try read(bytes) } == code)
    }

    @Test func errorsNameTheFileAndTheType() throws {
        let error = try #require(throws: DeeperError.self) { try read(bytes(header("'>c8'", shape: "()"))) }
        #expect(error.breadcrumbs.first?.hasSuffix("test.npy") == true)
        #expect(error.message.contains("\">c8\""))
        #expect(try errorCode { _ = try NPYFile.read(path: "/nowhere/x.npy") } == .fileNotFound)
    }

    @Test(.enabled(if: TestData.has("reference/caffe-googlenet"), "\(TestData.absence)"))
    func readsArraysOfNumPy() throws {
        let probabilities = try NPYFile.read(path: TestData.path("reference/caffe-googlenet/googlenet_prob.npy"))
        #expect(probabilities.shape == [2, 1000])
        let values = try probabilities.elements(as: Float.self)
        #expect(values[..<1000].firstIndex(of: values[..<1000].max() ?? 0) == 428)
        #expect(try abs(probabilities.doubles().reduce(0, +) - 2) < 1e-5)
    }

    /// Damaged files are refused or read; nothing else may happen.
    @Test(arguments: [1, 2, 3] as [UInt64]) func survivesDamage(seed: UInt64) throws {
        let intact = bytes(header("'<i4'", order: "True", shape: "(2, 1)"), data: [UInt8](repeating: 7, count: 8))
        if seed == 1 {
            for count in intact.indices {
                #expect(try errorCode { _ = try read(Array(intact[..<count])) } == .invalidModel, "\(count) bytes")
            }
        }
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var damaged = intact
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                damaged[.random(in: damaged.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = try errorCode { _ = try read(damaged) }
        }
    }
}

@Suite struct NPYWritingTests {
    private func roundTrip(_ tensor: Tensor) throws -> Tensor {
        try withTemporaryFolder { folder in
            let path = folder + "/test.npy"
            try NPYFile.write(tensor, to: path)
            return try NPYFile.read(path: path)
        }
    }

    private func expectRoundTrip<Element: TensorElement & Equatable>(_ elements: [Element], _ shape: Shape) throws {
        let copy = try roundTrip(Tensor(elements, shape: shape))
        #expect(copy.shape == shape)
        #expect(try copy.elements(as: Element.self) == elements)
    }

    @Test func everyElementTypeComesBack() throws {
        try expectRoundTrip([1.5, -0.0, .infinity, 0x1p-149] as [Float], [2, 2])
        try expectRoundTrip([.pi, -.greatestFiniteMagnitude] as [Double], [2])
        try expectRoundTrip([.min, .max] as [Int16], [2])
        try expectRoundTrip([0, .max] as [UInt16], [2])
        try expectRoundTrip([.min, .max] as [Int32], [1, 2])
        try expectRoundTrip([0, .max] as [UInt32], [2])
        try expectRoundTrip([.min, .max] as [Int64], [2, 1])
        try expectRoundTrip([0, .max] as [UInt64], [2])
        try expectRoundTrip([-128, 127] as [Int8], [2])
        try expectRoundTrip([0, 255] as [UInt8], [2])
        try expectRoundTrip([true, false] as [Bool], [2])
        try expectRoundTrip([42] as [Int64], [])
        try expectRoundTrip([] as [Float], [3, 0, 2])
    }

    @Test func headersEndOnTheAlignment() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/test.npy"
            for rank in 0...20 {
                try NPYFile.write(Tensor([1] as [UInt8], shape: Shape([Int](repeating: 1, count: rank))), to: path)
                let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
                #expect(bytes.count % 64 == 1)
                #expect(bytes.dropLast().last == UInt8(ascii: "\n"))
                #expect(try NPYFile.read(path: path).shape.rank == rank)
            }
        }
    }

    @Test func tooManyAxesAreRefused() throws {
        let tensor = try Tensor([1] as [UInt8], shape: Shape([Int](repeating: 1, count: 65)))
        #expect(try errorCode { try NPYFile.write(tensor, to: "/nowhere/x.npy") } == .limitExceeded)
    }

    @Test(.enabled(if: TestData.has("reference/caffe-googlenet"), "\(TestData.absence)"))
    func writesWhatNumPyWrites() throws {
        let original = TestData.path("reference/caffe-googlenet/input_bgr.npy")
        try withTemporaryFolder { folder in
            let copy = folder + "/copy.npy"
            try NPYFile.write(NPYFile.read(path: original), to: copy)
            #expect(try Data(contentsOf: URL(filePath: copy)) == Data(contentsOf: URL(filePath: original)))
        }
    }

    @Test func filesAreReplacedWholeAndNothingIsLeftBehind() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/test.npy"
            try NPYFile.write(Tensor([1, 2, 3] as [Float], shape: [3]), to: path)
            try NPYFile.write(Tensor(scalar: Float(4)), to: path)
            #expect(try NPYFile.read(path: path).elements(as: Float.self) == [4])
            let names = { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
            #expect(try names() == ["test.npy"])

            let occupied = folder + "/folder"
            try FileManager.default.createDirectory(atPath: occupied, withIntermediateDirectories: false)
            #expect(try errorCode { try NPYFile.write(Tensor(scalar: Float(4)), to: occupied) } == .fileNotFound)
            #expect(try names() == ["folder", "test.npy"])
            #expect(try errorCode { try NPYFile.write(Tensor(scalar: Float(4)), to: path + "/x") } == .fileNotFound)
        }
    }
}
