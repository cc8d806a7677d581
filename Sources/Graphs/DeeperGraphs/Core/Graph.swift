public import DeeperTensors

/// A value of a graph: an input, a constant or a node's output.
public struct ValueID: Hashable, Sendable, CustomStringConvertible {
    public let index: Int

    init(index: Int) { self.index = index }

    /// The value with a number: for rewrites, which count new values from the graph's `valueCount` on.
    public init(number: Int) { self.index = number }

    public var description: String { "%\(index)" }
}

/// One extent of a declared shape.
public enum DeclaredDimension: Sendable, Hashable, CustomStringConvertible {
    case fixed(Int)
    /// A name that stands for the same extent wherever it occurs, such as N for the batch.
    case symbol(String)
    case unknown

    public var description: String {
        switch self {
        case .fixed(let extent): String(extent)
        case .symbol(let name): name
        case .unknown: "?"
        }
    }
}

/// What a model says of an input: its element type and, if given, its shape.
public struct DeclaredType: Sendable, Hashable, CustomStringConvertible {
    public var elementType: ElementType
    /// nil where the model leaves even the rank open.
    public var dimensions: [DeclaredDimension]?

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

/// What an operator was made of, in ONNX's terms: what a file of the graph must say.
public struct NodeForm: Sendable {
    /// The version of ONNX's own operators.
    public var opset: Int
    /// Whose operator it is; empty for ONNX's own.
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
        // A pass changes what no attribute can say.
        didSet { form = nil }
    }
    /// nil for an operation that a pass made.
    public private(set) var form: NodeForm?
    /// nil stands for an optional input that is left out.
    public var inputs: [ValueID?]
    /// nil stands for an optional output that nobody wants.
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

    /// Puts another operator in the node's place, whose attributes say all that it does: a node that a file can hold stays
    /// one, unless the operator has no attributes to say it with, or the opset is older than they are.
    public mutating func exchange(_ operation: some Operator) {
        let opset = form?.opset
        self.operation = operation
        if let opset, opset >= 7, let attributes = operation.attributes {
            form = NodeForm(opset: opset, attributes: attributes)
        }
    }

    public var operatorName: String { type(of: operation).name }
    /// How messages name the node.
    public var label: String { "node \"\(name)\" (\(operatorName))" }
}

/// A network: nodes in an order in which every value is made before it is used, with logical (NCHW) shapes.
public struct Graph: Sendable {
    public var name: String
    /// The name of every value, by its index.
    public private(set) var valueNames: [String]
    public var inputs: [GraphInput]
    public var outputs: [ValueID]
    public var nodes: [Node]
    public var constants: [ValueID: Tensor]
    /// Shapes that the model itself declares for its outputs; informative only.
    public var declaredOutputs: [ValueID: DeclaredType]

    public init(name: String) {
        self.name = name
        self.valueNames = []
        self.inputs = []
        self.outputs = []
        self.nodes = []
        self.constants = [:]
        self.declaredOutputs = [:]
    }

    public var valueCount: Int { valueNames.count }

    /// A new value that nothing makes yet.
    public mutating func makeValue(_ name: String) -> ValueID {
        valueNames.append(name)
        return ValueID(index: valueNames.count - 1)
    }

    public func name(of value: ValueID) -> String { valueNames[value.index] }

    /// The graph without constants that nobody reads, and without the inputs that could have replaced them.
    public func withoutUnusedConstants() -> Graph {
        var used = Set(outputs)
        for node in nodes { used.formUnion(node.inputs.compactMap { $0 }) }
        var result = self
        result.inputs.removeAll { constants[$0.value] != nil && !used.contains($0.value) }
        result.constants = constants.filter { used.contains($0.key) }
        return result
    }

    /// Gives a value another name; the caller sees to it that no other has it.
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
    /// - Throws: `invalidInput` listing the inputs there are.
    public func input(named name: String) throws -> GraphInput {
        guard let input = inputs.first(where: { self.name(of: $0.value) == name }) else {
            let names = inputs.map { self.name(of: $0.value) }.joined(separator: ", ")
            throw DeeperError(.invalidInput, "the model has no input \"\(name)\"; its inputs: \(names)")
        }
        return input
    }
}
