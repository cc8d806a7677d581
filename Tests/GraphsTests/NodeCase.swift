import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// One node, its inputs and what it must make of them, exactly.
struct NodeCase: Sendable, CustomTestStringConvertible {
    var name: String
    var operatorName: String
    var opset: Int
    var attributes: [String: AttributeValue]
    /// nil: an optional input that is left out.
    var inputs: [Tensor?]
    var outputs: [Tensor]

    init(
        _ name: String, _ operatorName: String, opset: Int, _ attributes: [String: AttributeValue],
        _ inputs: [Tensor?], gives outputs: [Tensor]
    ) {
        self.name = name
        self.operatorName = operatorName
        self.opset = opset
        self.attributes = attributes
        self.inputs = inputs
        self.outputs = outputs
    }

    init(_ name: String, _ operatorName: String, opset: Int, _ inputs: [Tensor?], gives outputs: [Tensor]) {
        self.init(name, operatorName, opset: opset, [:], inputs, gives: outputs)
    }

    var testDescription: String { name }

    /// Cases that OperatorCases names, of operators for which ONNX has none.
    static let written: [String: NodeCase] = [
        "written_not": NodeCase(
            "Not", "Not", opset: 13, [tensor([true, false, false, true, true, false], [3, 2])],
            gives: [tensor([false, true, true, false, false, true], [3, 2])]),
        "written_globallppool": NodeCase(
            "GlobalLpPool", "GlobalLpPool", opset: 13, [floats([3, 4, -6, 8], [1, 2, 1, 2])],
            gives: [floats([5, 10], [1, 2, 1, 1])]),
        "written_max_roi_pool": NodeCase(
            "MaxRoiPool", "MaxRoiPool", opset: 22, ["pooled_shape": .ints([2, 2])],
            [
                floats((0..<24).map(Float.init), [1, 1, 4, 6]), floats([0, 1, 1, 4, 2, 0, 10, 10, 12, 12], [2, 5]),
            ], gives: [floats([8, 10, 14, 16, 0, 0, 0, 0], [2, 1, 2, 2])]),
        "written_simplified_layer_normalization": NodeCase(
            "SimplifiedLayerNormalization", "SimplifiedLayerNormalization", opset: 13, ["epsilon": .float(0)],
            [floats([2, 2, 2, 2, 4, -4, 4, 4], [2, 4]), floats([1, 2, 3, 4], [4])],
            gives: [floats([1, 2, 3, 4, 1, -2, 3, 4], [2, 4]), floats([0.5, 0.25], [2, 1])]),
    ]

    /// The graph with this node alone.
    ///
    /// - Parameter constant: which inputs are constants.
    func graph(constant: (Int) -> Bool = { _ in false }) throws -> Graph {
        let operation = try OperatorCatalog.make(
            operatorName, node: "node", opset: opset, attributes: attributes, inputCount: inputs.count,
            outputCount: outputs.count)
        var graph = Graph(name: name)
        let values = inputs.enumerated().map { index, tensor -> ValueID? in
            guard let tensor else { return nil }
            let value = graph.makeValue("input \(index)")
            if constant(index) {
                graph.constants[value] = tensor
            } else {
                let dimensions = tensor.shape.dimensions.map(DeclaredDimension.fixed)
                graph.inputs.append(GraphInput(value: value, type: DeclaredType(tensor.elementType, dimensions)))
            }
            return value
        }
        graph.outputs = outputs.indices.map { graph.makeValue("output \($0)") }
        graph.nodes = [Node(name: "node", operation: operation, inputs: values, outputs: graph.outputs)]
        return graph
    }

    /// Runs the node with all inputs given, with all but the first constant, and with all constant; raw and optimised.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let firstConstant: [(comment: String, index: Int)] = [
            ("given", .max), ("weights constant", 1), ("constant", 0),
        ]
        for (comment, first) in firstConstant {
            for optimizes in [false, true] {
                let graph = try graph { $0 >= first }
                let given = inputs.enumerated().filter { $0.offset < first }.compactMap { index, tensor in
                    tensor.map { ("input \(index)", $0) }
                }
                let engine = try Engine(
                    Model(graph: graph), options: EngineOptions(optimizesGraph: optimizes, setsBLASThreads: true))
                let results = try engine.runBlocking(Dictionary(uniqueKeysWithValues: given))
                for (index, expected) in outputs.enumerated() {
                    guard let actual = results["output \(index)"] else {
                        throw DeeperError(.internalFault, "no output")
                    }
                    let place = "\(name), output \(index), inputs \(comment), \(optimizes ? "optimised" : "raw")"
                    #expect(actual.elementType == expected.elementType, "\(place)", sourceLocation: sourceLocation)
                    #expect(actual.shape == expected.shape, "\(place)", sourceLocation: sourceLocation)
                    #expect(try isEqual(actual, expected), "\(place)", sourceLocation: sourceLocation)
                }
            }
        }
    }

    /// Integers are compared as such: float64 does not hold all of them.
    private func isEqual(_ a: Tensor, _ b: Tensor) throws -> Bool {
        if a.elementType.isInteger { return try a.isIdentical(to: b) }
        return try zip(a.doubles(), b.doubles()).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }

    /// The code of the error that the node is refused with, raw.
    func refusal() throws -> DeeperError.Code? {
        try errorCode {
            let graph = try graph { $0 > 0 }
            let engine = try Engine(Model(graph: graph), options: EngineOptions(optimizesGraph: false))
            _ = try engine.runBlocking(inputs.first.flatMap { $0 }.map { ["input 0": $0] } ?? [:])
        }
    }
}

/// A tensor of literals.
func tensor<Element: TensorElement>(_ values: [Element], _ shape: Shape) -> Tensor {
    do {
        return try Tensor(values, shape: shape)
    } catch {
        preconditionFailure("\(error)")
    }
}

func floats(_ values: [Float], _ shape: Shape) -> Tensor { tensor(values, shape) }
func integers(_ values: Int...) -> Tensor { tensor(values.map(Int64.init), [values.count]) }

extension KernelOptions {
    /// The plainest: no BLAS, the portable loops.
    static func plain() throws -> KernelOptions { try KernelOptions(gemm: ReferenceGemm(), instructionSet: .portable) }
}
