import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("reports of a graph") struct GraphReportTests {
    @Test("a depthwise convolution's border, an LRN's windows and poolings, counted one by one", arguments: 1...6)
    func windows(size: Int) throws {
        // Squares in all windows of LRN, added up by their definition.
        var builder = GraphBuilder(name: "lrn")
        let x = builder.input("x", DeclaredType(.float32, [1, 4, 3, 2].map { .fixed($0) }))
        builder.output(try builder.node("LRN", "lrn", [x], ["size": .int(size)]))
        let rows = builder.graph.ledger(
            try builder.graph.inferTypes(builder.graph.declaredTypes()))
        let squares = (0..<4).reduce(0) { sum, channel in
            sum + (0..<4).count { $0 >= channel - (size - 1) / 2 && $0 <= channel + size / 2 }
        }
        #expect(rows[0].operations == OperationCount(normalization: 6 * (squares + 4 * 4)))
        // Taps inside, by asking every one.
        for (kernel, stride, dilation, pad) in [(3, 2, 1, 1), (2, 3, 2, 0), (5, 1, 1, 4), (1, 2, 1, 0), (7, 1, 2, 6)] {
            let extent = 8 + size
            let outputs = max(1, (extent + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1)
            let window = WindowGeometry(
                input: [extent], output: [outputs], kernel: [kernel], stride: [stride], dilation: [dilation],
                padBefore: [pad])
            let expected = (0..<outputs).reduce(0) { sum, position in
                sum + (0..<kernel).count { (0..<extent).contains(position * stride - pad + $0 * dilation) }
            }
            #expect(window.tapsInside(2) == expected)
        }
    }

    @Test("absurd extents are counted at once", .timeLimit(.minutes(1))) func absurd() throws {
        var builder = GraphBuilder(name: "absurd")
        let x = builder.input("x", DeclaredType(.float32, [1, 1 << 40, 1, 1].map { .fixed($0) }))
        builder.output(try builder.node("LRN", "lrn", [x], ["size": .int(5)]))
        let rows = builder.graph.ledger(
            try builder.graph.inferTypes(builder.graph.declaredTypes()))
        #expect(rows[0].operations.normalization > 1 << 40)
        let window = WindowGeometry(
            input: [1 << 31], output: [1 << 31], kernel: [1 << 31], stride: [1], dilation: [1], padBefore: [1 << 30])
        #expect(window.tapsInside(2) == 1 << 62)
    }

    /// Two convolutions with the same weights, one fully connected layer.
    private func network() throws -> Graph {
        var builder = GraphBuilder(name: "net")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(3), .fixed(6), .fixed(6)]))
        let w = builder.constant("w", floats(Array(repeating: 1, count: 81), [3, 3, 3, 3]))
        let b = builder.constant("b", floats([1, 2, 3], [3]))
        let same: [String: AttributeValue] = ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])]
        let first = try builder.node("Conv", "first", [x, w, b], same)
        let relu = try builder.node("Relu", "relu", [first])
        let second = try builder.node("Conv", "second", [relu, w], ["strides": .ints([2, 2])])
        let rows = builder.constant("rows", integers(-1, 12))
        let flat = try builder.node("Reshape", "flat", [second, rows])
        let dense = builder.constant("dense/w", floats(Array(repeating: 1, count: 60), [5, 12]))
        builder.output(try builder.node("Gemm", "dense", [flat, dense], ["transB": .int(1)]))
        return builder.graph
    }

    @Test("the ledger counts multiply-accumulates, and parameters where they are read first") func ledger() throws {
        let graph = try network()
        let types = try graph.inferTypes(graph.declaredTypes(batch: 2))
        let rows = graph.ledger(types)
        #expect(rows.map(\.name) == ["first", "relu", "second", "flat", "dense"])
        #expect(rows.map(\.operatorName) == ["Conv", "Relu", "Conv", "Reshape", "Gemm"])
        #expect(rows.map(\.parameterCount) == [84, 0, 0, 0, 60])
        #expect(rows.map(\.macCount) == [2 * 3 * 36 * 27, 0, 2 * 3 * 4 * 27, 0, 2 * 5 * 12])
        #expect(
            rows.map { $0.outputTypes.map(\.shape.dimensions) } == [
                [[2, 3, 6, 6]], [[2, 3, 6, 6]], [[2, 3, 2, 2]], [[2, 12]], [[2, 5]],
            ])
    }

    @Test("groups divide the multiply-accumulates") func groups() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(1), .fixed(4), .fixed(5), .fixed(5)]))
        let w = builder.constant("w", floats(Array(repeating: 1, count: 72), [4, 2, 3, 3]))
        builder.output(try builder.node("Conv", "conv", [x, w], ["group": .int(2)]))
        let graph = builder.graph
        let rows = graph.ledger(try graph.inferTypes(graph.declaredTypes()))
        #expect(rows.map(\.macCount) == [4 * 9 * 18])
    }

    @Test("the dump") func dump() throws {
        let expected = """
            graph net
            input %0:x float32[N, 3, 6, 6]
            constant %1:w float32[3, 3, 3, 3]
            constant %2:b float32[3]
            constant %6:rows int64[2]
            constant %8:dense/w float32[5, 12]
            %3:first = Conv(%0:x, %1:w, %2:b) {kernel 3x3, pads [1, 1, 1, 1]}
            %4:relu = Relu(%3:first)
            %5:second = Conv(%4:relu, %1:w) {stride [2, 2]}
            %7:flat = Reshape(%5:second, %6:rows)
            %9:dense = Gemm(%7:flat, %8:dense/w)
            output %9:dense
            """
        #expect(try network().dump() == expected)
    }

    @Test("the dump shows operands that are left out") func dumpOfAbsentOperands() throws {
        var graph = Graph(name: "g")
        let x = graph.makeValue("x")
        graph.inputs = [GraphInput(value: x, type: DeclaredType(.float32, nil))]
        let pool = try OperatorCatalog.make(
            "MaxPool", node: "pool", opset: 13,
            attributes: ["kernel_shape": .ints([2, 2]), "auto_pad": .string("SAME_UPPER"), "ceil_mode": .int(1)],
            inputCount: 1, outputCount: 2)
        let y = graph.makeValue("y")
        graph.nodes = [Node(name: "pool", operation: pool, inputs: [x], outputs: [y, nil])]
        let clip = try OperatorCatalog.make(
            "Clip", node: "clip", opset: 13, attributes: [:], inputCount: 3, outputCount: 1)
        let z = graph.makeValue("z")
        graph.nodes.append(Node(name: "clip", operation: clip, inputs: [y, nil, nil], outputs: [z]))
        graph.outputs = [z]
        #expect(
            graph.dump() == """
                graph g
                input %0:x float32[...]
                %1:y, - = MaxPool(%0:x) {kernel 2x2, SAME_UPPER, ceil}
                %2:z = Clip(%1:y, -, -)
                output %2:z
                """)
    }
}

@Suite struct ShapeInferenceTests {
    @Test("an error names the node") func errorsNameTheNode() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(2)]))
        builder.output(try builder.node("Flatten", "flat", [x], ["axis": .int(5)]))
        let graph = builder.graph
        let error = try #require(throws: DeeperError.self) {
            try graph.inferTypes(graph.declaredTypes())
        }
        #expect(error.breadcrumbs == ["node \"flat\" (Flatten)"])
        #expect(error.code == .invalidModel)
    }

    @Test("shapes that are computed from data are refused") func dataDependentShapes() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(4)]))
        let shape = builder.input("shape", DeclaredType(.int64, [.fixed(2)]))
        builder.output(try builder.node("Reshape", "y", [x, try builder.node("Neg", "neg", [shape])]))
        let graph = builder.graph
        #expect(try errorCode { _ = try graph.inferTypes(graph.declaredTypes()) } == .unsupported)
        let known = try graph.inferTypes(
            graph.declaredTypes(), values: [shape: integers(-2, -2)])
        #expect(try known.type(graph.outputs[0]).shape == [2, 2])
    }

    @Test("values beyond the limit are not computed, shapes always") func largeValues() throws {
        var builder = GraphBuilder(name: "g")
        let long = builder.constant("long", floats(Array(repeating: -1, count: 100), [100]))
        let negated = try builder.node("Neg", "negated", [long])
        let shape = try builder.node("Shape", "shape", [negated])
        builder.output(negated)
        builder.output(shape)
        let types = try builder.graph.inferTypes([:], largestValue: 99)
        #expect(types.value(negated) == nil)
        #expect(try types.value(shape)?.integers() == [100])
        let all = try builder.graph.inferTypes([:], largestValue: 100)
        #expect(try all.value(negated)?.doubles() == Array(repeating: 1, count: 100))
    }
}
