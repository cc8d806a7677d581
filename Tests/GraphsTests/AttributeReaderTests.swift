import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct AttributeReaderTests {
    private static let attributes: [String: AttributeValue] = [
        "int": .int(3), "float": .float(0.5), "string": .string("b"), "ints": .ints([1, 2]), "floats": .floats([1, 2]),
        "strings": .strings(["a"]), "tensor": .tensor(floats([1], [1])), "graph": .unsupported("graph"),
    ]

    private enum Letter: String, CaseIterable { case a, b }
    private enum Mode: String, CaseIterable { case nearest, linear }

    @Test("gives each attribute by its kind") func reads() throws {
        var reader = AttributeReader(opset: 13, AttributeReaderTests.attributes)
        #expect(try reader.int("int") == 3)
        #expect(try reader.flag("int"))
        #expect(try reader.float("float") == 0.5)
        #expect(try reader.choice("string", default: Letter.a) == .b)
        #expect(try reader.ints("ints") == [1, 2])
        #expect(try reader.floats("floats") == [1, 2])
        #expect(try reader.tensor("tensor")?.doubles() == [1])
        reader.ignore("strings", "graph", "absent")
        try reader.finish()
    }

    @Test("falls back on defaults") func defaults() throws {
        var reader = AttributeReader(opset: 13)
        #expect(try reader.int("a") == nil)
        #expect(try reader.int("a", default: 7) == 7)
        #expect(try !reader.flag("a"))
        #expect(try reader.flag("a", default: true))
        #expect(try reader.float("a") == nil)
        #expect(try reader.float("a", default: 0.25) == 0.25)
        #expect(try reader.choice("a", default: Letter.b) == .b)
        #expect(try reader.ints("a") == nil)
        #expect(try reader.floats("a") == nil)
        #expect(try reader.tensor("a") == nil)
        try reader.finish()
    }

    @Test("refuses another kind and names both", arguments: attributes.keys.sorted())
    func refusesAnotherKind(name: String) throws {
        let kinds: [(kind: String, read: (inout AttributeReader) throws -> Void)] = [
            ("int", { _ = try $0.int(name) }), ("float", { _ = try $0.float(name) }),
            ("string", { _ = try $0.choice(name, default: Letter.a) }), ("ints", { _ = try $0.ints(name) }),
            ("floats", { _ = try $0.floats(name) }), ("tensor", { _ = try $0.tensor(name) }),
        ]
        for (kind, read) in kinds where kind != name {
            var reader = AttributeReader(opset: 13, AttributeReaderTests.attributes)
            let error = try #require(throws: DeeperError.self) { try read(&reader) }
            #expect(error.code == .invalidModel)
            #expect(error.message == "attribute \(name) is of kind \(name), expected \(kind)")
        }
    }

    @Test("refuses a word that is not allowed and lists those that are") func refusesAnotherWord() throws {
        var reader = AttributeReader(opset: 13, ["mode": .string("cubic")])
        let error = try #require(throws: DeeperError.self) {
            try reader.choice("mode", default: Mode.nearest)
        }
        #expect(error.code == .invalidModel)
        #expect(error.message == "attribute mode is \"cubic\", expected one of nearest, linear")
    }

    @Test("names every attribute that was not read") func refusesTheUnread() throws {
        var reader = AttributeReader(opset: 9, ["b": .int(1), "a": .int(1), "c": .int(1)])
        _ = try reader.int("b")
        let error = try #require(throws: DeeperError.self) { try reader.finish() }
        #expect(error.code == .invalidModel)
        #expect(error.message == "unknown attribute a, c at opset 9")
    }
}
