import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperPasses

/// A node of an older operator set, and how opset 13 writes it.
private struct OpsetCase: Sendable, CustomTestStringConvertible {
    let name: String
    let opset: Int
    var testDescription: String { "\(name) of opset \(opset)" }
    let build: @Sendable (inout Net) throws -> ValueID

    init(_ name: String, _ opset: Int, _ build: @escaping @Sendable (inout Net, Int) throws -> ValueID) {
        (self.name, self.opset) = (name, opset)
        self.build = { try build(&$0, opset) }
    }

    static let all: [OpsetCase] = [
        OpsetCase("Clip", 6) { net, opset in
            try net.node(
                "Clip", [try net.input([2, 3, 4, 4])], ["min": .float(-0.25), "max": .float(0.5)], opset: opset)
        },
        OpsetCase("Pad", 10) { net, opset in
            try net.node(
                "Pad", [try net.input([2, 3, 4, 4])],
                ["pads": .ints([0, 0, 1, 2, 0, 0, 0, 1]), "value": .float(0.5)], opset: opset)
        },
        OpsetCase("Slice", 9) { net, opset in
            try net.node(
                "Slice", [try net.input([2, 3, 6, 6])],
                ["starts": .ints([1, 2]), "ends": .ints([3, 5]), "axes": .ints([1, 3])], opset: opset)
        },
        OpsetCase("Squeeze", 11) { net, opset in
            try net.node("Squeeze", [try net.input([2, 3, 1, 1])], ["axes": .ints([2, 3])], opset: opset)
        },
        OpsetCase("ReduceSum", 11) { net, opset in
            try net.node("ReduceSum", [try net.input([2, 3, 4])], ["axes": .ints([2])], opset: opset)
        },
        OpsetCase("Upsample", 7) { net, opset in
            try net.node(
                "Upsample", [try net.input([2, 3, 4, 4])], ["scales": .floats([1, 1, 2, 1.5])], opset: opset)
        },
        OpsetCase("linear Upsample", 9) { net, opset in
            try net.node(
                "Upsample",
                [try net.input([2, 3, 4, 4]), net.constant(try Tensor([1, 1, 2, 2] as [Float], shape: [4]))],
                ["mode": .string("linear")], opset: opset)
        },
        OpsetCase("Resize", 10) { net, opset in
            try net.node(
                "Resize",
                [try net.input([2, 3, 4, 4]), net.constant(try Tensor([1, 1, 1.5, 2] as [Float], shape: [4]))],
                opset: opset)
        },
        OpsetCase("Softmax of the last axis", 12) { net, opset in
            try net.node("Softmax", [try net.input([2, 5])], opset: opset)
        },
        OpsetCase("Softmax of channels that are all there is", 9) { net, opset in
            try net.node("Softmax", [try net.input([2, 5, 1, 1])], opset: opset)
        },
        OpsetCase("BatchNormalization", 8) { net, opset in
            let x = try net.input([2, 3, 4, 4])
            let rest = try (0..<3).map { _ in try net.weights([3]) }
            let variance = net.constant(try Tensor([0.5, 1, 2] as [Float], shape: [3]))
            return try net.node("BatchNormalization", [x] + rest + [variance], ["spatial": .int(1)], opset: opset)
        },
        OpsetCase("Dropout", 7) { net, opset in
            try net.node("Dropout", [try net.input([2, 3])], ["ratio": .float(0.25)], opset: opset)
        },
        OpsetCase("Conv", 6) { net, opset in
            try net.node(
                "Conv", [try net.input([2, 3, 5, 5]), try net.weights([4, 3, 3, 3])], ["strides": .ints([2, 2])],
                opset: opset)
        },
    ]
}

@Suite("older operator sets") struct UpgradeOpsetTests {
    @Test("the answers stay, and the node is of opset 13", arguments: OpsetCase.all)
    fileprivate func upgrades(item: OpsetCase) throws {
        var net = Net()
        net.output(try item.build(&net))
        var driver = PassDriver(passes: [UpgradeOpset.self], evaluator: try Evaluator(.plain()))
        let (graph, reports) = try driver.run(net.graph)
        #expect(reports.count == 1)
        let form = try #require(graph.nodes[0].form)
        #expect(form.opset == 13)
        // The attributes are those that an opset 13 reader takes.
        let node = graph.nodes[0]
        _ = try OperatorCatalog.make(
            node.operatorName, node: node.name, opset: 13, attributes: form.attributes, inputCount: node.inputs.count,
            outputCount: node.outputs.count)
        try expectClose(net.run(graph), net.runNodeByNode(), item.name)
    }

    @Test("nodes of opset 13 and later are left alone") func newer() throws {
        var net = Net()
        net.output(try net.node("Relu", [try net.input([2, 3])], opset: 18))
        var driver = PassDriver(passes: [UpgradeOpset.self], evaluator: try Evaluator(.plain()))
        #expect(try driver.run(net.graph).reports.isEmpty)
    }

    @Test("a Softmax that is one axis only for some pictures is refused") func openExtents() throws {
        var net = Net()
        let pooled = try net.node(
            "AveragePool", [try net.open([1, 5, 224, 224])], ["kernel_shape": .ints([224, 224])], opset: 11)
        net.output(try net.node("Softmax", [pooled], opset: 11))
        var driver = PassDriver(passes: [UpgradeOpset.self], evaluator: try Evaluator(.plain()))
        let graph = net.graph
        let error = #expect(throws: DeeperError.self) { try driver.run(graph) }
        #expect(error?.code == .unsupported)
    }

    @Test("a node of another domain gets the number of the file, and nothing else") func otherDomain() throws {
        var net = Net()
        let x = try net.input([2, 3])
        let operation = try OperatorCatalog.make(
            "FastGelu", node: "gelu", domain: OperatorCatalog.runtimeDomain, opset: 11, attributes: [:], inputCount: 1,
            outputCount: 1)
        let y = net.graph.makeValue("gelu")
        net.graph.nodes.append(
            Node(
                name: "gelu", operation: operation, inputs: [x], outputs: [y],
                form: NodeForm(opset: 11, domain: OperatorCatalog.runtimeDomain, attributes: [:])))
        net.output(y)
        var driver = PassDriver(passes: [UpgradeOpset.self], evaluator: try Evaluator(.plain()))
        let node = try driver.run(net.graph).graph.nodes[0]
        #expect(node.operatorName == "FastGelu" && node.form?.opset == 13)
        #expect(node.form?.domain == OperatorCatalog.runtimeDomain)
    }

    @Test("a Softmax over several axes at once, which opset 13 has not, is refused") func severalAxes() throws {
        var net = Net()
        net.output(try net.node("Softmax", [try net.input([2, 3, 4])], opset: 11))
        var driver = PassDriver(passes: [UpgradeOpset.self], evaluator: try Evaluator(.plain()))
        let graph = net.graph
        let error = #expect(throws: DeeperError.self) { try driver.run(graph) }
        #expect(error?.code == .unsupported)
        #expect("\(error.map { "\($0)" } ?? "")".contains("normalised together"))
    }
}
