import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("which nodes only one branch of an If needs") struct BranchesTests {
    /// The graph, built so that nodes can be asked about by name.
    private struct Net {
        var builder = GraphBuilder(name: "branches")

        mutating func flag(_ name: String) -> ValueID { builder.input(name, DeclaredType(.bool, [.fixed(1)])) }
        mutating func vector(_ name: String) -> ValueID { builder.input(name, DeclaredType(.float32, [.fixed(4)])) }

        mutating func node(_ operatorName: String, _ name: String, _ inputs: ValueID...) throws -> ValueID {
            try builder.node(operatorName, name, inputs)
        }

        mutating func choice(_ name: String, _ c: ValueID, _ whenTrue: ValueID, _ whenFalse: ValueID) -> ValueID {
            builder.node(If(), name, [c, whenTrue, whenFalse])
        }

        /// The branches that the node of a name lies in, from the inside: "if+" is taken if the condition holds, "if-"
        /// if it does not.
        func place(_ name: String) -> [String] {
            let (graph, branches) = (builder.graph, Branches(builder.graph))
            guard let index = graph.nodes.firstIndex(where: { $0.name == name }) else { return ["missing"] }
            var (result, next): ([String], Int?) = ([], branches.ofNodes[index])
            while let number = next {
                let branch = branches.branches[number]
                result.append(graph.nodes[branch.node].name + (branch.whenTrue ? "+" : "-"))
                next = branch.parent
            }
            return result
        }
    }

    // x -> shared -+-> positive -+
    //              +-> negative -+-> if -> y
    //                        c --+
    @Test("what both branches read belongs to neither, nor does an output of the graph") func one() throws {
        var net = Net()
        let (c, x) = (net.flag("c"), net.vector("x"))
        let shared = try net.node("Relu", "shared", x)
        let positive = try net.node("Exp", "positive", shared)
        let negative = try net.node("Neg", "negative", shared)
        let output = try net.node("Abs", "output", x)
        let chosen = try net.node("Abs", "chosen", output)
        net.builder.output(net.choice("if", c, positive, net.choice("other", c, negative, chosen)))
        net.builder.output(output)
        #expect(net.place("shared") == [])
        #expect(net.place("positive") == ["if+"])
        #expect(net.place("other") == ["if-"])
        #expect(net.place("negative") == ["other+", "if-"])
        #expect(net.place("chosen") == ["other-", "if-"])
        #expect(net.place("output") == [])
    }

    @Test("the condition's own nodes belong to no branch of its If") func condition() throws {
        var net = Net()
        let x = net.vector("x")
        let c = try net.node("Equal", "c", x, x)
        net.builder.output(net.choice("if", c, try net.node("Neg", "negative", x), x))
        #expect(net.place("c") == [])
        #expect(net.place("negative") == ["if+"])
    }

    @Test("nodes for several outputs of one If are one If, also where one output is read in a branch only")
    func several() throws {
        var net = Net()
        let (c, d, x) = (net.flag("c"), net.flag("d"), net.vector("x"))
        let common = try net.node("Neg", "common", x)
        let first = try net.node("Exp", "first", common)
        let second = try net.node("Abs", "second", common)
        let a = net.choice("if", c, first, x)
        let b = net.choice("if", c, second, x)
        net.builder.output(a)
        net.builder.output(net.choice("later", d, try net.node("Relu", "read", b), x))
        #expect(["common", "first", "second"].map(net.place) == [["if+"], ["if+"], ["if+"]])
        #expect(net.place("read") == ["later+"])
        #expect(net.place("if") == [])
    }

    @Test("an If that reads another of the same condition is an If of its own") func chained() throws {
        var net = Net()
        let (c, x) = (net.flag("c"), net.vector("x"))
        let a = net.choice("if", c, try net.node("Neg", "first", x), x)
        net.builder.output(net.choice("if", c, a, x))
        #expect(Branches(net.builder.graph).firstNodes == [nil, 1, 2])
        #expect(net.place("first").count == 2)
    }

    @Test("a node that nobody reads lies where its input is made") func unread() throws {
        var net = Net()
        let (c, x) = (net.flag("c"), net.vector("x"))
        let negative = try net.node("Neg", "negative", x)
        _ = try net.node("Abs", "unread", negative)
        _ = try net.node("Abs", "outside", x)
        net.builder.output(net.choice("if", c, negative, x))
        #expect(net.place("unread") == ["if+"])
        #expect(net.place("outside") == [])
    }

    @Test("very many Ifs within each other", .timeLimit(.minutes(1))) func deep() throws {
        var net = Net()
        let (c, x) = (net.flag("c"), net.vector("x"))
        var y = x
        for index in 0..<5000 { y = net.choice("if \(index)", c, try net.node("Neg", "n\(index)", y), x) }
        net.builder.output(y)
        #expect(net.place("n4999") == ["if 4999+"])
        #expect(net.place("n0").count == 24)
    }
}

@Suite("shapes of a graph with Ifs") struct BranchInferenceTests {
    /// y is x as 2 x 2 if c, else as 3 x 3; both have a node more.
    private func graph() throws -> (Graph, c: ValueID) {
        var builder = GraphBuilder(name: "shapes")
        let c = builder.input("c", DeclaredType(.bool, []))
        let x = builder.input("x", DeclaredType(.float32, [.unknown]))
        let results = try [2, 3].map { extent in
            let shape = builder.constant(
                "\(extent)", try Tensor([Int64](repeating: Int64(extent), count: 2), shape: [2]))
            return try builder.node(
                "Neg", "negative\(extent)", [builder.node("Reshape", "shape\(extent)", [x, shape])])
        }
        builder.output(builder.node(If(), "y", [c] + results))
        return (builder.graph, c)
    }

    private func types(_ count: Int, _ graph: Graph, _ values: [ValueID: Tensor]) throws -> InferredTypes {
        let given = ["c": TensorType(.bool, []), "x": TensorType(.float32, [count])]
        return try graph.inferTypes(graph.bind(given), values: values)
    }

    @Test("only the branch that is taken must fit the inputs", arguments: [true, false]) func taken(value: Bool) throws
    {
        let (graph, c) = try graph()
        let known = try [c: Tensor(scalar: value)]
        let fitting = try types(value ? 4 : 9, graph, known)
        #expect(try fitting.type(graph.outputs[0]).shape == (value ? [2, 2] : [3, 3]))
        #expect(fitting.nodeTypes.map(\.count) == (value ? [1, 1, 0, 0, 1] : [0, 0, 1, 1, 1]))
        #expect(try errorCode { _ = try types(value ? 9 : 4, graph, known) } == .invalidModel)
        let resolved = try graph.takingBranches(fitting)
        #expect(resolved.nodes[4].operatorName == "Identity")
        #expect(resolved.nodes[4].inputs == [graph.nodes[4].inputs[value ? 1 : 2]])
    }

    @Test("while the condition is not known, both branches must give the same type") func open() throws {
        var builder = GraphBuilder(name: "open")
        let c = builder.input("c", DeclaredType(.bool, [.fixed(1)]))
        let x = builder.input("x", DeclaredType(.float32, [.fixed(2), .fixed(3)]))
        let row = try builder.node("ReduceMax", "row", [x], ["axes": .ints([0])])
        let same = builder.node(If(), "same", [c, try builder.node("Neg", "negative", [x]), x])
        builder.output(same)
        let graph = builder.graph
        #expect(try graph.inferTypes(graph.declaredTypes()).type(same).shape == [2, 3])
        builder.output(builder.node(If(), "other", [c, row, x]))
        let error = try #require(throws: DeeperError.self) {
            try builder.graph.inferTypes(builder.graph.declaredTypes())
        }
        #expect(error.code == .unsupported && error.breadcrumbs == ["node \"other\" (If)"])
        #expect(error.message.contains("float32[1, 3] and float32[2, 3]"))
    }

    @Test("what a pass relies on must not depend on a branch that the extents happen to take") func extents() throws {
        var builder = GraphBuilder(name: "extents")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(3)]))
        let one = builder.constant("one", try Tensor([Int64(1), 3], shape: [2]))
        let isOne = try builder.node("Equal", "equal", [builder.node("Shape", "shape", [x]), one])
        let flags = try builder.node("Cast", "flags", [isOne], ["to": .int(6)])
        let all = try builder.node("ReduceMin", "minimum", [flags])
        let condition = try builder.node("Cast", "condition", [all], ["to": .int(9)])
        let row = try builder.node("Squeeze", "row", [x, builder.constant("0", try Tensor([Int64(0)], shape: [1]))])
        builder.output(builder.node(If(), "y", [condition, row, x]))
        let graph = builder.graph
        for (batch, shape) in [(1, [3]), (2, [2, 3])] as [(Int, Shape)] {
            let types = try graph.declaredTypes(batch: batch)
            #expect(try graph.inferTypes(types).type(graph.outputs[0]).shape == shape)
            #expect(throws: DeeperError.self) { try graph.inferTypes(types, takesBranches: false) }
        }
    }

    @Test("a condition must be one bool") func condition() throws {
        for (type, shape) in [(.float32, [1]), (.bool, [2])] as [(ElementType, Shape)] {
            var builder = GraphBuilder(name: "wrong")
            let c = builder.constant("c", try Tensor(type, shape: shape))
            let x = builder.input("x", DeclaredType(.float32, [.fixed(2)]))
            builder.output(builder.node(If(), "y", [c, x, x]))
            let graph = builder.graph
            #expect(try errorCode { _ = try graph.inferTypes(graph.declaredTypes()) } == .invalidModel)
        }
    }
}
