import DeeperGraphs
import DeeperTensors

// Nodes and attributes that are written down in code.
extension Onnx_NodeProto {
    static func make(
        _ operatorName: String, domain: String = "", _ inputs: [String], _ outputs: [String],
        _ attributes: [Onnx_AttributeProto] = []
    ) -> Onnx_NodeProto {
        var node = Onnx_NodeProto()
        node.name = operatorName
        node.opType = operatorName
        node.domain = domain
        node.input = inputs
        node.output = outputs
        node.attribute = attributes
        return node
    }

    static func constant(_ name: String, _ value: Float) -> Onnx_NodeProto {
        var attribute = Onnx_AttributeProto()
        attribute.name = "value"
        attribute.type = .tensor
        attribute.t.dataType = Int32(ElementType.float32.onnxCode)
        attribute.t.floatData = [value]
        return constant(name, attribute)
    }

    /// Integers of the given shape.
    static func constant(_ name: String, _ values: [Int], _ shape: [Int]) -> Onnx_NodeProto {
        var attribute = Onnx_AttributeProto()
        attribute.name = "value"
        attribute.type = .tensor
        attribute.t.dataType = Int32(ElementType.int64.onnxCode)
        attribute.t.dims = shape.map(Int64.init)
        attribute.t.int64Data = values.map(Int64.init)
        return constant(name, attribute)
    }

    static func constant(_ name: String, _ value: Onnx_AttributeProto) -> Onnx_NodeProto {
        var node = make("Constant", [], [name], [value])
        node.name = name
        return node
    }
}

extension Onnx_AttributeProto {
    static func make(_ name: String, _ value: Float) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        (attribute.name, attribute.type, attribute.f) = (name, .float, value)
        return attribute
    }

    static func make(_ name: String, _ value: Int) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        (attribute.name, attribute.type, attribute.i) = (name, .int, Int64(value))
        return attribute
    }

    /// An attribute of a function's node that has the value of an attribute of the call.
    static func reference(_ name: String, _ type: Onnx_AttributeProto.AttributeType, to other: String)
        -> Onnx_AttributeProto
    {
        var attribute = Onnx_AttributeProto()
        (attribute.name, attribute.type, attribute.refAttrName) = (name, type, other)
        return attribute
    }
}
