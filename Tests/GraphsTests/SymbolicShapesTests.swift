import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct SymbolicShapesTests {
    private static let weights = floats(Array(repeating: 1, count: 4 * 3 * 3 * 3), [4, 3, 3, 3])

    /// The shapes of a graph's values, as text by name.
    private func shapes(_ graph: Graph) throws -> [String: String] {
        let shapes = try graph.symbolicShapes()
        return Dictionary(
            uniqueKeysWithValues: shapes.map { value, shape in
                (graph.name(of: value), shape.map(\.description).joined(separator: " "))
            })
    }

    @Test("batch and space stay open where the output is a line of them") func openDimensions() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", DeclaredType(.float32, [.unknown, .fixed(3), .symbol("H"), .unknown]))
        let w = builder.constant("w", SymbolicShapesTests.weights)
        let conv = try builder.node("Conv", "conv", [x, w])
        let same = try builder.node("Conv", "same", [x, w], ["pads": .ints([1, 1, 1, 1])])
        let wide = try builder.node("Conv", "wide", [x, w], ["pads": .ints([2, 2, 2, 2])])
        let strided = try builder.node("Conv", "strided", [x, w], ["strides": .ints([2, 2])])
        let global = try builder.node("GlobalAveragePool", "global", [conv])
        let flat = try builder.node("Flatten", "flat", [global])
        let scales = builder.constant("scales", floats([1, 1, 2, 3], [4]))
        let large = try builder.node("Resize", "large", [conv, nil, scales], ["mode": .string("nearest")])
        let twice = try builder.node("Concat", "twice", [x, x], ["axis": .int(0)])
        let area = try builder.node("Flatten", "area", [x], ["axis": .int(2)])
        for value in [same, wide, strided, flat, large, twice, area] { builder.output(value) }
        let found = try shapes(builder.graph)
        #expect(found["x"] == "N 3 H D3")
        #expect(found["conv"] == "N 4 H-2 D3-2")
        #expect(found["same"] == "N 4 H D3")
        #expect(found["wide"] == "N 4 H+2 D3+2")
        // Every second pixel is a staircase, not a line.
        #expect(found["strided"] == "N 4 ? ?")
        #expect(found["global"] == "N 4 1 1")
        #expect(found["flat"] == "N 4")
        #expect(found["large"] == "N 4 2H-4 3D3-6")
        #expect(found["twice"] == "2N 3 H D3")
        // A product of two symbols.
        #expect(found["area"] == "3N ?")
        #expect(found["w"] == "4 3 3 3")
    }

    @Test("a network that takes multiples of 4 only: half of a symbol") func multiples() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", DeclaredType(.float32, [.unknown, .fixed(3), .symbol("H"), .fixed(8)]))
        let window: [String: AttributeValue] = ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]
        let half = try builder.node("MaxPool", "half", [x], window)
        let quarter = try builder.node("MaxPool", "quarter", [half], window)
        let scales = builder.constant("scales", floats([1, 1, 2, 2], [4]))
        let back = try builder.node("Resize", "back", [quarter, nil, scales], ["mode": .string("nearest")])
        builder.output(try builder.node("Add", "sum", [half, back]))
        let found = try shapes(builder.graph)
        #expect(found["half"] == "N 3 H/2 4")
        #expect(found["quarter"] == "N 3 H/4 2")
        #expect(found["sum"] == "N 3 H/2 4")
    }

    @Test("one symbol in two inputs is one extent") func sharedSymbol() throws {
        var builder = GraphBuilder(name: "g")
        let a = builder.input("a", DeclaredType(.float32, [.symbol("N"), .fixed(2)]))
        let b = builder.input("b", DeclaredType(.float32, [.symbol("N"), .fixed(2)]))
        builder.output(try builder.node("Concat", "c", [a, b], ["axis": .int(0)]))
        #expect(try shapes(builder.graph)["c"] == "2N 2")
    }

    @Test("a shape computed from shapes") func computedShape() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("B"), .fixed(2), .fixed(5)]))
        let batch = try builder.node(
            "Gather", "batch", [try builder.node("Shape", "shape", [x]), builder.constant("zero", integers(0))])
        let shape = try builder.node(
            "Concat", "wanted", [batch, builder.constant("rest", integers(-1))], ["axis": .int(0)])
        builder.output(try builder.node("Reshape", "y", [x, shape]))
        #expect(try shapes(builder.graph)["y"] == "B 10")
    }

    @Test("without open dimensions all is fixed") func fixed() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(2), .fixed(3)]))
        builder.output(try builder.node("Transpose", "y", [x]))
        let shapes = try builder.graph.symbolicShapes()
        #expect(shapes[builder.graph.outputs[0]] == [.fixed(3), .fixed(2)])
    }

    @Test("an input without a rank is refused") func noRank() throws {
        var builder = GraphBuilder(name: "g")
        builder.output(try builder.node("Relu", "y", [builder.input("x", DeclaredType(.float32, nil))]))
        #expect(try errorCode { _ = try builder.graph.symbolicShapes() } == .invalidInput)
    }
}
