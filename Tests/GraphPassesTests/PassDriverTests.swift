import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperPasses

/// Removes Relus that are still read: the graph is then broken.
private struct RemoveLiveNodes: Pass {
    static let name = "remove live nodes"

    func rewrites(in view: GraphView) -> [Rewrite] {
        view.graph.nodes.indices.filter { view.graph.nodes[$0].operation is Relu }.map {
            Rewrite("remove \($0)", removed: [$0])
        }
    }
}

/// Sends an output elsewhere, to a value of another shape.
private struct FlattenOutputs: Pass {
    static let name = "flatten outputs"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        guard let last = view.graph.nodes.last, last.operatorName != "Flatten" else { return [] }
        var rewrite = Rewrite("flatten", removed: [view.graph.nodes.count - 1])
        let flatten = try OperatorCatalog.make(
            "Flatten", node: "f", opset: 13, attributes: [:], inputCount: 1, outputCount: 1)
        rewrite.added.append(
            (
                view.graph.nodes.count - 1,
                Node(name: "f", operation: flatten, inputs: [last.inputs[0]], outputs: last.outputs)
            ))
        return [rewrite]
    }
}

/// Invents a value without making it.
private struct ReadNothing: Pass {
    static let name = "read nothing"

    func rewrites(in view: GraphView) -> [Rewrite] {
        var node = view.graph.nodes[0]
        node.inputs = [ValueID(number: view.graph.valueCount)]
        var rewrite = Rewrite("read nothing")
        rewrite.newValues = ["nothing"]
        rewrite.exchange(0, for: node)
        return [rewrite]
    }
}

/// A sound graph that computes something else: each Elu becomes a Relu.
private struct MistakeEluForRelu: Pass {
    static let name = "mistake Elu for Relu"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.filter { view.graph.nodes[$0].operatorName == "Elu" }.map { index in
            var attributes = AttributeReader(opset: 13)
            var node = view.graph.nodes[index]
            node.operation = try Relu(&attributes)
            var rewrite = Rewrite("exchange \(node.name)")
            rewrite.exchange(index, for: node)
            return rewrite
        }
    }
}

private struct Fail: Pass {
    static let name = "fail"

    func rewrites(in view: GraphView) throws -> [Rewrite] { throw DeeperError(.unsupported, "no") }
}

/// Proposes to exchange each node twice; the second time for a Neg.
private struct ProposeTwice: Pass {
    static let name = "propose twice"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        let names = ["Elu", "Neg"]
        return try view.graph.nodes.indices.filter { view.graph.nodes[$0].operatorName == "Relu" }.flatMap { index in
            try names.map { name in
                var node = view.graph.nodes[index]
                node.operation = try OperatorCatalog.make(
                    name, node: node.name, opset: 13, attributes: [:], inputCount: 1, outputCount: 1)
                var rewrite = Rewrite("\(name) for \(node.name)")
                rewrite.exchange(index, for: node)
                return rewrite
            }
        }
    }
}

@Suite struct PassDriverTests {
    /// x -> Pad -> Conv -> BatchNormalization -> Relu -> Dropout -> Identity -> y
    private func network() throws -> Net {
        var net = Net()
        let x = try net.input([2, 3, 6, 6])
        let pad = try net.node("Pad", [x, try net.integers(0, 0, 1, 1, 0, 0, 1, 1)])
        let norm = try net.batchNorm(try net.conv(pad, 3, to: 4, kernel: [3, 3]), 4)
        let relu = try net.node("Relu", [norm])
        net.output(try net.node("Identity", [try net.node("Dropout", [relu])]))
        return net
    }

    private func run(
        _ graph: Graph, passes: [any Pass.Type] = PassPipeline.passes, limit: Int = .max
    ) throws -> (graph: Graph, reports: [PassDriver.Report]) {
        var driver = PassDriver(passes: passes, limit: limit, evaluator: try Evaluator(.plain()))
        return try driver.run(graph)
    }

    @Test("runs until nothing changes and tells what it did") func reports() throws {
        let (graph, reports) = try run(try network().graph)
        #expect(sketch(graph) == "Conv+")
        let expected = [
            ("drop nodes that hand on their input", ["drop dropout 4"]),
            ("fold Pad into Conv and Pool", ["fold pad 0 into conv 1"]),
            ("fold BatchNormalization into Conv", ["fold batchnormalization 2 into conv 1"]),
            ("fuse activations into what they follow", ["fuse relu 3 into conv 1"]),
            ("drop nodes that hand on their input", ["drop identity 5"]),
        ]
        #expect(reports.map(\.pass) == expected.map(\.0))
        #expect(reports.map(\.rewrites) == expected.map(\.1))
        #expect(graph.name(of: graph.outputs[0]) == "identity 5")
    }

    @Test("stops after n rewrites, each time with a sound graph") func limit() throws {
        let net = try network()
        let expected = try net.runNodeByNode()
        let all = try run(net.graph).reports.flatMap(\.rewrites)
        #expect(all.count == 5)
        for limit in 0...all.count + 1 {
            let (graph, reports) = try run(net.graph, limit: limit)
            #expect(reports.flatMap(\.rewrites) == Array(all.prefix(limit)))
            #expect(graph.nodes.count == 6 - min(limit, all.count))
            try expectClose(net.run(graph), expected, "limit \(limit)")
        }
    }

    @Test("the limit finds the rewrite that breaks a network") func bisection() throws {
        var net = Net()
        var value = try net.input([2, 3, 4, 4])
        for index in 0..<4 {
            value = try net.batchNorm(try net.conv(value, 3, to: 3, bias: true), 3)
            value = try net.node(index == 2 ? "Elu" : "Relu", [value])
        }
        net.output(value)
        // The activations must not be fused away, so that the faulty pass finds them.
        let passes =
            PassPipeline.passes.filter { $0 != FuseActivation.self } + [FuseClamp.self, MistakeEluForRelu.self]
        let expected = try net.runNodeByNode()[0].doubles()
        func isRight(_ limit: Int) throws -> Bool {
            let actual = try net.run(try run(net.graph, passes: passes, limit: limit).graph)[0].doubles()
            return zip(actual, expected).allSatisfy { abs($0 - $1) <= 1e-4 * (1 + abs($1)) }
        }
        var (good, bad) = (0, try run(net.graph, passes: passes).reports.flatMap(\.rewrites).count)
        #expect(try isRight(good))
        #expect(try !isRight(bad))
        while bad - good > 1 {
            let middle = (good + bad) / 2
            if try isRight(middle) { good = middle } else { bad = middle }
        }
        let last = try run(net.graph, passes: passes, limit: bad).reports.last
        #expect(last?.pass == "mistake Elu for Relu")
        #expect(last?.rewrites.last == "exchange elu 8")
    }

    @Test(
        "refuses a rewrite that breaks the graph and names its pass",
        arguments: [RemoveLiveNodes.self, FlattenOutputs.self, ReadNothing.self] as [any Pass.Type])
    func brokenPass(pass: any Pass.Type) throws {
        var net = Net()
        let relu = try net.node("Relu", [try net.input([2, 3, 4, 4])])
        net.output(try net.node("Neg", [relu]))
        let error = try #require(throws: DeeperError.self) { try run(net.graph, passes: PassPipeline.passes + [pass]) }
        #expect(error.code == .internalFault)
        #expect(error.message == "pass \(pass.name) broke the graph")
        #expect(error.cause is DeeperError)
    }

    @Test("an error inside a pass names the pass") func failingPass() throws {
        let error = try #require(throws: DeeperError.self) { try run(try network().graph, passes: [Fail.self]) }
        #expect(error.description == "pass fail: no")
        #expect(error.code == .unsupported)
    }

    @Test("a model that contradicts itself is the model's fault, not a pass's") func unsoundModels() throws {
        var net = Net()
        net.output(try net.node("Reshape", [try net.weights([4]), try net.integers(3)]))
        let constant = try #require(throws: DeeperError.self) { try run(net.graph) }
        #expect(constant.code == .invalidModel)
        #expect(constant.breadcrumbs == ["pass fold constants", "node \"reshape 0\" (Reshape)"])
        net.graph.outputs = []
        #expect(try errorCode { _ = try run(net.graph) } == .invalidModel)
    }

    @Test("of two rewrites of one node the first is taken") func conflicts() throws {
        var net = Net()
        let relu = try net.node("Relu", [try net.input([2, 3])])
        net.output(try net.node("Relu", [relu]))
        let (graph, reports) = try run(net.graph, passes: [ProposeTwice.self])
        #expect(sketch(graph) == "Elu Elu")
        #expect(reports.map(\.rewrites) == [["Elu for relu 0", "Elu for relu 1"]])
    }

    @Test("constants that nobody reads any more go, also where they are inputs") func unusedConstants() throws {
        var net = try network()
        let given = net.graph.constants.keys.sorted { $0.index < $1.index }
        for value in given {
            let type = DeclaredType(.float32, nil)
            net.graph.inputs.append(GraphInput(value: value, type: type))
        }
        let spare = net.constant(try Tensor(scalar: Float(1)))
        let kept = net.constant(try Tensor(scalar: Float(2)))
        net.output(kept)
        let graph = try run(net.graph).graph
        #expect(graph.constants[spare] == nil)
        #expect(graph.constants[kept] != nil)
        // The folded weights and bias, and the constant output.
        #expect(graph.constants.count == 3)
        #expect(graph.inputs.map { graph.name(of: $0.value) } == ["input 0"])
    }

    @Test("inputs that nobody reads stay") func unusedInputs() throws {
        var net = try network()
        _ = try net.input([2, 3])
        #expect(try run(net.graph).graph.inputs.count == 2)
    }

    @Test("a second run changes nothing", arguments: 1...10) func idempotence(seed: UInt64) throws {
        var net = try network()
        if seed > 1 { net = try RandomNetwork.make(seed: seed) }
        let once = try run(net.graph).graph
        let twice = try run(once)
        #expect(twice.reports.map(\.rewrites) == [])
        #expect(twice.graph.dump() == once.dump())
    }

    @Test("shapes that cannot be inferred beforehand do not keep passes from running") func openShapes() throws {
        var net = Net()
        let x = try net.input(
            try Tensor([Float](repeating: 1, count: 12), shape: [1, 3, 2, 2]), DeclaredType(.float32, nil))
        net.output(try net.node("Relu", [try net.conv(x, 3, to: 2)]))
        #expect(sketch(try run(net.graph).graph) == "Conv+")
        try expectClose(net.run(net.graph, optimizes: true), net.runNodeByNode(), "open")
    }
}
