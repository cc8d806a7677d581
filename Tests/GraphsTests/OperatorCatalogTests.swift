import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct OperatorCatalogTests {
    private func make(
        _ name: String, domain: String = "", opset: Int = 20, _ attributes: [String: AttributeValue] = [:],
        inputs: Int = 1, outputs: Int = 1
    ) throws -> any Operator {
        try OperatorCatalog.make(
            name, node: "n", domain: domain, opset: opset, attributes: attributes, inputCount: inputs,
            outputCount: outputs)
    }

    private func error(_ body: () throws -> any Operator) throws -> DeeperError {
        let error = try #require(throws: DeeperError.self) { _ = try body() }
        #expect(error.breadcrumbs.count == 1)
        #expect(error.breadcrumbs[0].hasPrefix("node \"n\" ("))
        return error
    }

    @Test("makes the operator of that name") func makes() throws {
        for name in ["Relu", "Mish", "Neg", "GlobalMaxPool"] {
            #expect(type(of: try make(name)).name == name)
            #expect(type(of: try make(name, domain: "ai.onnx")).name == name)
        }
    }

    @Test("lists names sorted and once") func names() {
        #expect(OperatorCatalog.names == Set(OperatorCatalog.names).sorted())
    }

    @Test("refuses unknown operators and lists those it knows") func refusesTheUnknown() throws {
        let unknown = try error { try make("Nonsense") }
        #expect(unknown.code == .unsupported)
        #expect(unknown.message.hasPrefix("operator Nonsense is not supported; supported: Abs Acos "))
        for name in OperatorCatalog.names { #expect(unknown.message.contains(" \(name)")) }
        #expect(try error { try make("relu") }.code == .unsupported)
    }

    @Test("refuses other domains, even for names it knows") func refusesOtherDomains() throws {
        let foreign = try error { try make("Relu", domain: "com.microsoft") }
        #expect(foreign.code == .unsupported)
        #expect(foreign.message.hasPrefix("operator com.microsoft.Relu is not supported"))
    }

    @Test("makes ONNX Runtime's operators, whatever the opset of ONNX's own") func makesRuntimeOperators() throws {
        for name in ["FastGelu", "Gelu", "QuickGelu"] {
            #expect(type(of: try make(name, domain: "com.microsoft", opset: 7)).name == name)
        }
        #expect(try error { try make("QuickGelu") }.code == .unsupported)
        #expect(try error { try make("Gelu", opset: 19) }.code == .invalidModel)
    }

    @Test("refuses opsets before the operator's first") func refusesEarlyOpsets() throws {
        let early = try error { try make("Mish", opset: 17) }
        #expect(early.code == .invalidModel)
        #expect(early.message == "operator Mish was added in opset 18, the model imports 17")
        _ = try make("Mish", opset: 18)
    }

    @Test("refuses opsets after the operator's last") func refusesLateOpsets() throws {
        let late = try error { try make("Upsample", opset: 10) }
        #expect(late.code == .invalidModel)
        #expect(late.message == "operator Upsample was removed after opset 9, the model imports 10")
        _ = try make("Upsample", opset: 9)
    }

    @Test(
        "refuses other numbers of inputs and outputs",
        arguments: [
            ("Relu", 0, 1, "0 inputs, expected 1"), ("Relu", 2, 1, "2 inputs, expected 1"),
            ("Relu", 1, 2, "2 outputs, expected 1"), ("Conv", 1, 1, "1 inputs, expected 2 to 3"),
            ("Conv", 4, 1, "4 inputs, expected 2 to 3"), ("Relu", 1, 0, "0 outputs, expected 1"),
            ("Where", 2, 1, "2 inputs, expected 3"), ("MaxPool", 1, 3, "3 outputs, expected 1 to 2"),
            ("BatchNormalization", 4, 1, "4 inputs, expected 5"),
        ])
    func refusesOtherCounts(name: String, inputs: Int, outputs: Int, message: String) throws {
        let error = try error { try make(name, inputs: inputs, outputs: outputs) }
        #expect(error.code == .invalidModel)
        #expect(error.message == message)
        #expect(error.breadcrumbs == ["node \"n\" (\(name))"])
    }

    @Test("refuses attributes that the operator does not have") func refusesUnknownAttributes() throws {
        let error = try error { try make("Relu", opset: 20, ["alpha": .float(1)]) }
        #expect(error.code == .invalidModel)
        #expect(error.message == "unknown attribute alpha at opset 20")
    }

    @Test(
        "refuses a node without an attribute that it needs",
        arguments: ["Concat", "Cast", "MaxPool", "AveragePool", "LRN", "DepthToSpace", "SpaceToDepth"])
    func refusesMissingAttributes(name: String) throws {
        #expect(try error { try make(name) }.code == .invalidModel)
    }
}
