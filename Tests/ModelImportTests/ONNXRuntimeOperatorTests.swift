import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@testable import DeeperImport

@Suite("operators that ONNX Runtime's optimiser writes") struct ONNXRuntimeOperatorTests {
    private func node(
        _ name: String, _ inputs: [String], _ outputs: [String] = ["y"], _ attributes: [Onnx_AttributeProto] = []
    ) -> Onnx_NodeProto {
        Onnx_NodeProto(name, inputs, outputs, domain: "com.microsoft", name: "fused", attributes)
    }

    /// FusedConv of a picture of 2 x 2 pixels by one filter of one tap, 2.
    private func convolution(
        opset: Int = 17, residual: Bool = false, _ attributes: [Onnx_AttributeProto] = []
    ) throws -> Graph {
        try Onnx_ModelProto(
            opset: opset,
            constants: [
                ("w", Tensor([Float(2)], shape: [1, 1, 1, 1])),
                ("z", Tensor([1, 1, 1, 1] as [Float], shape: [1, 1, 2, 2])),
            ],
            [node("FusedConv", residual ? ["x", "w", "", "z"] : ["x", "w"], ["y"], attributes)]
        ).read()
    }

    private func run(_ graph: Graph, _ x: [Float], _ shape: Shape, output: String = "y") throws -> [Float] {
        try #require(try graph.run(["x": Tensor(x, shape: shape)])[output]).elements(as: Float.self)
    }

    @Test("FusedConv becomes Conv, Add and an activation")
    func fusedConv() throws {
        let cases: [(attributes: [Onnx_AttributeProto], residual: Bool, operators: [String], result: [Float])] = [
            ([], false, ["Conv"], [-4, -2, 2, 4]),
            ([.string("activation", "Relu")], false, ["Conv", "Relu"], [0, 0, 2, 4]),
            ([.string("activation", "Relu")], true, ["Conv", "Add", "Relu"], [0, 0, 3, 5]),
            (
                [.string("activation", "LeakyRelu"), .floats("activation_params", [0.5])], false,
                ["Conv", "LeakyRelu"],
                [-2, -1, 2, 4]
            ),
            (
                [.string("activation", "Clip"), .floats("activation_params", [-3, 3])], false,
                ["Conv", "Constant", "Constant", "Clip"], [-3, -2, 2, 3]
            ),
            (
                [.string("activation", "HardSigmoid"), .floats("activation_params", [0.25, 0.5])], false,
                ["Conv", "HardSigmoid"], [0, 0, 1, 1]
            ),
        ]
        for item in cases {
            let graph = try convolution(residual: item.residual, item.attributes)
            #expect(graph.operatorNames == item.operators)
            #expect(graph.outputs.map { graph.name(of: $0) } == ["y"])
            #expect(try run(graph, [-2, -1, 1, 2], [1, 1, 2, 2]) == item.result)
        }
        let silu = try convolution([.string("activation", "Silu")])
        #expect(silu.operatorNames == ["Conv", "Sigmoid", "Mul"])
        let old = try convolution(
            opset: 10, [.string("activation", "Clip"), .floats("activation_params", [-3, 3])])
        #expect(old.operatorNames == ["Conv", "Clip"])
    }

    @Test("activations that are not fused, and wrong parameters, are refused")
    func refusals() throws {
        #expect(try errorCode { _ = try convolution([.string("activation", "Mish")]) } == .unsupported)
        #expect(try errorCode { _ = try convolution([.string("activation", "LeakyRelu")]) } == .invalidModel)
        #expect(try errorCode { _ = try convolution([.int("nonsense", 1)]) } == .invalidModel)
    }

    @Test("FusedGemm becomes Gemm and an activation with its attributes")
    func fusedGemm() throws {
        let graph = try Onnx_ModelProto(
            constants: [("b", Tensor([1, 0, 0, 1] as [Float], shape: [2, 2]))],
            [
                node(
                    "FusedGemm", ["x", "b"], ["y"],
                    [
                        .float("alpha", 2), .string("activation", "LeakyRelu"), .float("activation_alpha", 0.5),
                        .int("transB", 1),
                    ])
            ]
        ).read()
        #expect(graph.operatorNames == ["Gemm", "LeakyRelu"])
        #expect(try run(graph, [-1, 3], [1, 2]) == [-1, 6])
    }

    @Test("GELUs, with and without bias")
    func gelus() throws {
        let bias = ("b", try Tensor([1, -1] as [Float], shape: [2]))
        let x: [Float] = [-1.5, 0.25, 2, 3]
        let shifted = zip(x, [1, -1, 1, -1] as [Float]).map { $0 + $1 }
        func exact(_ x: Float) -> Double { Double(x) * 0.5 * erfc(-Double(x) * 0.5.squareRoot()) }
        func approximate(_ x: Float) -> Double {
            let x = Double(x)
            return 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        }
        func quick(_ x: Float) -> Double { Double(x) / (1 + exp(-1.5 * Double(x))) }
        let cases: [(node: Onnx_NodeProto, operators: [String], expected: [Double])] = [
            (node("Gelu", ["x"]), ["Gelu"], x.map(exact)),
            (node("BiasGelu", ["x", "b"]), ["Add", "Gelu"], shifted.map(exact)),
            (node("FastGelu", ["x"]), ["FastGelu"], x.map(approximate)),
            (node("FastGelu", ["x", "b"]), ["Add", "FastGelu"], shifted.map(approximate)),
            (node("QuickGelu", ["x"], ["y"], [.float("alpha", 1.5)]), ["QuickGelu"], x.map(quick)),
        ]
        for item in cases {
            let graph = try Onnx_ModelProto(opset: 13, constants: [bias], [item.node]).read()
            #expect(graph.operatorNames == item.operators)
            for (found, wanted) in zip(try run(graph, x, [2, 2]), item.expected) {
                #expect(abs(Double(found) - wanted) < 1e-6, "\(item.operators)")
            }
        }
    }

    @Test("skip normalisations add first, and give their sum too", arguments: [true, false])
    func skipNormalizations(isSimplified: Bool) throws {
        let constants = try [
            ("skip", Tensor([1, 1, 1, 1] as [Float], shape: [1, 4])),
            ("scale", Tensor([1, 2, 3, 4] as [Float], shape: [4])),
            ("shift", Tensor([0, 0, 0, 5] as [Float], shape: [4])),
            ("bias", Tensor([0, 0, 0, 2] as [Float], shape: [4])),
        ]
        let name = isSimplified ? "SkipSimplifiedLayerNormalization" : "SkipLayerNormalization"
        let inputs = ["x", "skip", "scale"] + (isSimplified ? [] : ["shift"]) + ["bias"]
        let graph = try Onnx_ModelProto(
            outputs: ["y", "s"], constants: constants,
            [node(name, inputs, ["y", "", "", "s"], [.float("epsilon", 0)])]
        ).read()
        let norm = isSimplified ? "SimplifiedLayerNormalization" : "LayerNormalization"
        #expect(graph.operatorNames == ["Add", "Add", norm])
        #expect(try run(graph, [0, 2, 0, 0], [1, 4], output: "s") == [1, 3, 1, 3])
        // Mean 2 and variance 1, or a mean of the squares of 5.
        let found = try run(graph, [0, 2, 0, 0], [1, 4])
        let root = Float(5).squareRoot()
        let expected: [Float] = isSimplified ? [1 / root, 6 / root, 3 / root, 12 / root] : [-1, 2, -3, 9]
        for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-6) }
    }

    @Test("FusedMatMul exchanges axes and multiplies", arguments: [true, false])
    func fusedMatMul(isKnown: Bool) throws {
        let b = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        let attributes: [Onnx_AttributeProto] = [.float("alpha", 0.5), .int("transB", 1)]
        let graph = try Onnx_ModelProto(
            inputs: isKnown ? ["x"] : ["x", "b"], constants: isKnown ? [("b", b)] : [],
            [node("FusedMatMul", ["x", "b"], ["y"], attributes)]
        ).read()
        let x = try Tensor([2, 0, 0, 0, 4, 2] as [Float], shape: [1, 2, 3])
        let y = try #require(try graph.run(isKnown ? ["x": x] : ["x": x, "b": b])["y"])
        #expect(y.shape == [1, 2, 2])
        #expect(try y.elements(as: Float.self) == [1, 4, 7, 16])
        let turned = try Onnx_ModelProto([node("FusedMatMul", ["x", "x"], ["y"], [.int("transA", 1)])]).read()
        #expect(try run(turned, [1, 2, 3, 4], [2, 2]) == [10, 14, 14, 20])
        let batch = try Onnx_ModelProto([node("FusedMatMul", ["x", "x"], ["y"], [.int("transBatchA", 1)])])
        #expect(try batch.refusal().code == .unsupported)
    }

    @Test("such operators are written in their domain and read again")
    func written() throws {
        let graph = try Onnx_ModelProto(
            opset: 13,
            [
                node("QuickGelu", ["x"], ["a"], [.float("alpha", 1.5)]), node("Gelu", ["a"], ["b"]),
                Onnx_NodeProto("Relu", ["b"], ["y"]),
            ]
        ).read()
        try withTemporaryFolder { folder in
            try ONNXModel.write(graph, to: folder + "/model.onnx")
            let again = try ONNXModel.graph(contentsOf: folder + "/model.onnx")
            #expect(again.operatorNames == graph.operatorNames)
            #expect(again.nodes.map { $0.form?.domain } == ["com.microsoft", "com.microsoft", ""])
            #expect(try again.run([-1, 2]) == graph.run([-1, 2]))
        }
    }
}
