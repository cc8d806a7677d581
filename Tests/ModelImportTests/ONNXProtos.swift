import DeeperGraphs
import DeeperTensors
import Foundation
import Testing

@testable import DeeperImport

// Models as protobuf messages, written in a line or two, and what they compute.

extension Onnx_NodeProto {
    init(
        _ operatorName: String, _ inputs: [String], _ outputs: [String], domain: String = "", name: String = "",
        _ attributes: [Onnx_AttributeProto] = []
    ) {
        self.init()
        self.opType = operatorName
        self.input = inputs
        self.output = outputs
        self.domain = domain
        self.name = name
        self.attribute = attributes
    }
}

extension Onnx_AttributeProto {
    private init(_ name: String, _ type: AttributeType) {
        self.init()
        self.name = name
        self.type = type
    }

    static func float(_ name: String, _ value: Float) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto(name, .float)
        attribute.f = value
        return attribute
    }

    static func floats(_ name: String, _ values: [Float]) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto(name, .floats)
        attribute.floats = values
        return attribute
    }

    static func int(_ name: String, _ value: Int) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto(name, .int)
        attribute.i = Int64(value)
        return attribute
    }

    static func string(_ name: String, _ value: String) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto(name, .string)
        attribute.s = Data(value.utf8)
        return attribute
    }

    static func tensor(_ name: String, _ value: Tensor) throws -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto(name, .tensor)
        attribute.t = try ONNXModel.tensor(value, named: "")
        return attribute
    }

    static func graph(_ name: String, _ value: Onnx_GraphProto) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto(name, .graph)
        attribute.g = value
        return attribute
    }

    /// A reference to an attribute of the call.
    static func reference(_ name: String, to outer: String) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto(name, .float)
        attribute.refAttrName = outer
        return attribute
    }
}

extension Onnx_FunctionProto {
    init(
        _ name: String, domain: String = "own", overload: String = "", inputs: [String], outputs: [String],
        attributes: [String] = [], defaults: [Onnx_AttributeProto] = [], _ nodes: [Onnx_NodeProto]
    ) {
        self.init()
        self.name = name
        self.domain = domain
        self.overload = overload
        self.input = inputs
        self.output = outputs
        self.attribute = attributes
        self.attributeProto = defaults
        self.node = nodes
    }
}

extension Onnx_GraphProto {
    /// A graph over values that need no declaration: the branch of an If.
    init(_ nodes: [Onnx_NodeProto], outputs: [String], constants: [(String, Tensor)] = []) throws {
        self.init()
        self.node = nodes
        self.output = outputs.map { name in
            var info = Onnx_ValueInfoProto()
            info.name = name
            return info
        }
        self.initializer = try constants.map { try ONNXModel.tensor($1, named: $0) }
    }
}

extension Onnx_ModelProto {
    /// A model over float32 inputs of any shape.
    init(
        opset: Int = 17, inputs: [String] = ["x"], outputs: [String] = ["y"], constants: [(String, Tensor)] = [],
        functions: [Onnx_FunctionProto] = [], _ nodes: [Onnx_NodeProto]
    ) throws {
        self.init()
        self.irVersion = 8
        self.graph = try Onnx_GraphProto(nodes, outputs: outputs, constants: constants)
        self.graph.input = inputs.map { name in
            var info = Onnx_ValueInfoProto()
            info.name = name
            info.type.tensorType.elemType = Int32(ElementType.float32.onnxCode)
            return info
        }
        self.functions = functions
        var imported = Onnx_OperatorSetIdProto()
        imported.version = Int64(opset)
        self.opsetImport = [imported]
    }

    func read() throws -> Graph { try ONNXModel.graph(self, folder: nil, weights: [:]) }

    /// Reads the model, which must be refused.
    func refusal() throws -> DeeperError { try #require(throws: DeeperError.self) { try read() } }
}

extension Graph {
    var operatorNames: [String] { nodes.map(\.operatorName) }

    /// Computes the outputs node by node.
    func run(_ given: [String: Tensor]) throws -> [String: Tensor] {
        var values = constants
        for input in inputs where values[input.value] == nil {
            let tensor: Tensor = try #require(given[name(of: input.value)])
            values[input.value] = tensor
        }
        for node in nodes {
            let inputs = node.inputs.map { $0.flatMap { values[$0] } }
            let types = inputs.map { $0.map { TensorType($0.elementType, $0.shape) } }
            let made = try node.operation.infer(NodeInputs(types: types, values: inputs)).prefix(node.outputs.count)
            let results = try Evaluator().evaluate(node, inputs, outputs: Array(made))
            for (output, tensor) in zip(node.outputs, results) {
                if let output { values[output] = tensor }
            }
        }
        return try Dictionary(uniqueKeysWithValues: outputs.map { (name(of: $0), try #require(values[$0])) })
    }

    /// What the graph makes of one vector x.
    func run(_ x: [Float], output: String = "y") throws -> [Float] {
        let result = try run(["x": Tensor(x, shape: [x.count])])
        return try #require(result[output]).elements(as: Float.self)
    }
}
