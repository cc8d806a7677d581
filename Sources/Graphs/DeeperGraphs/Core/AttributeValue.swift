public import DeeperTensors

/// The value of an operator's attribute, one case for each of ONNX's kinds.
public enum AttributeValue: Sendable {
    case int(Int)
    case float(Float)
    case string(String)
    case ints([Int])
    case floats([Float])
    case strings([String])
    case tensor(Tensor)
    /// A kind that no supported operator takes (a graph, a sparse tensor, a type), by its name.
    case unsupported(String)

    /// The kind's name, for messages.
    public var kind: String {
        switch self {
        case .int: "int"
        case .float: "float"
        case .string: "string"
        case .ints: "ints"
        case .floats: "floats"
        case .strings: "strings"
        case .tensor: "tensor"
        case .unsupported(let name): name
        }
    }
}
