public import DeeperTensors

/// Identifies a value of a graph: an input, a constant or a node's output.
public struct ValueID: Hashable, Sendable, CustomStringConvertible {
    public let index: Int

    init(index: Int) { self.index = index }

    /// The value with the given number. For rewrites, which number new values from the graph's `valueCount` on.
    public init(number: Int) { self.index = number }

    public var description: String { "%\(index)" }
}

/// One extent of a declared shape.
public enum DeclaredDimension: Sendable, Hashable, CustomStringConvertible {
    /// A known extent.
    case fixed(Int)
    /// A name that denotes the same extent wherever it occurs, such as N for the batch.
    case symbol(String)
    /// An extent that the model leaves open.
    case unknown

    public var description: String {
        switch self {
        case .fixed(let extent): String(extent)
        case .symbol(let name): name
        case .unknown: "?"
        }
    }
}

/// The type that a model declares for an input: the element type and, if given, the shape.
public struct DeclaredType: Sendable, Hashable, CustomStringConvertible {
    /// The type of every element.
    public var elementType: ElementType
    /// The extents; nil where the model leaves even the rank open.
    public var dimensions: [DeclaredDimension]?

    /// A type with extents, or with nil where even the rank is open.
    public init(_ elementType: ElementType, _ dimensions: [DeclaredDimension]?) {
        self.elementType = elementType
        self.dimensions = dimensions
    }

    public var description: String {
        let text = dimensions.map { "[" + $0.map(\.description).joined(separator: ", ") + "]" } ?? "[...]"
        return "\(elementType)\(text)"
    }
}

/// An input of a graph.
public struct GraphInput: Sendable {
    public var value: ValueID
    public var type: DeclaredType

    public init(value: ValueID, type: DeclaredType) {
        self.value = value
        self.type = type
    }
}

/// The ONNX form that an operator was made from, which is what a file of the graph has to contain.
public struct NodeForm: Sendable {
    /// The version of ONNX's own operator set.
    public var opset: Int
    /// The operator's domain; empty for ONNX's own.
    public var domain: String
    public var attributes: [String: AttributeValue]

    public init(opset: Int, domain: String = "", attributes: [String: AttributeValue]) {
        self.opset = opset
        self.domain = domain
        self.attributes = attributes
    }
}

/// One operation of a graph.
public struct Node: Sendable {
    public var name: String
    public var operation: any Operator {
        // A pass may change the operation to something that attributes cannot express.
        didSet { form = nil }
    }
    /// The ONNX form of the operation; nil for one that a pass made.
    public private(set) var form: NodeForm?
    /// The values that the node reads; nil for an optional input that is left out.
    public var inputs: [ValueID?]
    /// The values that the node makes; nil for an optional output that is not used.
    public var outputs: [ValueID?]

    public init(
        name: String, operation: any Operator, inputs: [ValueID?], outputs: [ValueID?], form: NodeForm? = nil
    ) {
        self.name = name
        self.operation = operation
        self.form = form
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Replaces the node's operator by one that its attributes describe completely. A node that can be written to a
    /// file keeps that property, unless the new operator has no attributes in ONNX, or the opset is too old for them.
    public mutating func exchange(_ operation: some Operator) {
        let opset = form?.opset
        self.operation = operation
        if let opset, opset >= 7, let attributes = operation.attributes {
            form = NodeForm(opset: opset, attributes: attributes)
        }
    }

    public var operatorName: String { type(of: operation).name }
    /// The node's designation in messages.
    public var label: String { "node \"\(name)\" (\(operatorName))" }
}

/// A network: nodes, constants, inputs and outputs, with logical (NCHW) shapes. The nodes are in an order in which
/// every value is made before it is used.
public struct Graph: Sendable {
    /// The name of the network, for messages and files.
    public var name: String
    /// The name of every value, by its index.
    public private(set) var valueNames: [String]
    /// The inputs, in the model's order, including constants that a run may replace.
    public var inputs: [GraphInput]
    /// The outputs, in the model's order.
    public var outputs: [ValueID]
    /// The operations, each after those whose values it uses.
    public var nodes: [Node]
    /// The values that are known beforehand, such as weights.
    public var constants: [ValueID: Tensor]
    /// The types that the model itself declares for its outputs; for information only.
    public var declaredOutputs: [ValueID: DeclaredType]

    /// An empty graph, to which a builder adds values and nodes.
    public init(name: String) {
        self.name = name
        self.valueNames = []
        self.inputs = []
        self.outputs = []
        self.nodes = []
        self.constants = [:]
        self.declaredOutputs = [:]
    }

    /// The number of values; their indexes are 0 to one less.
    public var valueCount: Int { valueNames.count }

    /// Adds a value that no node makes yet.
    public mutating func makeValue(_ name: String) -> ValueID {
        valueNames.append(name)
        return ValueID(index: valueNames.count - 1)
    }

    /// The name of a value.
    public func name(of value: ValueID) -> String { valueNames[value.index] }

    /// The graph without unused constants, and without the inputs that could replace their values.
    public func withoutUnusedConstants() -> Graph {
        var used = Set(outputs)
        for node in nodes { used.formUnion(node.inputs.compactMap { $0 }) }
        var result = self
        result.inputs.removeAll { constants[$0.value] != nil && !used.contains($0.value) }
        result.constants = constants.filter { used.contains($0.key) }
        return result
    }

    /// Gives a value another name. The caller makes sure that no other value has it.
    public mutating func rename(_ value: ValueID, _ name: String) { valueNames[value.index] = name }

    /// The node that makes each value, by the value's index.
    public func producers() -> [Int?] {
        var result = [Int?](repeating: nil, count: valueCount)
        for (index, node) in nodes.enumerated() {
            for case let output? in node.outputs { result[output.index] = index }
        }
        return result
    }

    /// The nodes that read each value, by the value's index; a node that reads a value twice is listed twice.
    public func consumers() -> [[Int]] {
        var result = [[Int]](repeating: [], count: valueCount)
        for (index, node) in nodes.enumerated() {
            for case let input? in node.inputs { result[input.index].append(index) }
        }
        return result
    }

    /// The input with the given name.
    ///
    /// - Throws: `invalidInput` with a list of the model's inputs.
    public func input(named name: String) throws -> GraphInput {
        guard let input = inputs.first(where: { self.name(of: $0.value) == name }) else {
            let names = inputs.map { self.name(of: $0.value) }.joined(separator: ", ")
            throw DeeperError(.invalidInput, "the model has no input \"\(name)\"; its inputs: \(names)")
        }
        return input
    }
}

extension Graph: CustomStringConvertible, CustomDebugStringConvertible {
    /// One line with the graph's name and size; ``dump()`` lists its nodes.
    public var description: String {
        "graph \(name): \(inputs.count) inputs, \(nodes.count) nodes, \(constants.count) constants, "
            + "\(outputs.count) outputs"
    }

    public var debugDescription: String { description }
}
