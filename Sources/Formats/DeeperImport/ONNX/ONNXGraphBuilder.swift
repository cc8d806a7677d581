import DeeperGraphs
import DeeperTensors

/// Builds a graph from its protobuf form: names become values, and nodes with their attributes become operators. Calls
/// of functions and Ifs with a known condition are replaced by the nodes that they execute, other Ifs by the nodes of
/// both branches and one that chooses.
struct ONNXGraphBuilder {
    let tensors: ONNXTensorReader
    /// Whether 16-bit floats become float32; false for a graph that was already widened.
    let widens: Bool
    let functions: ONNXFunctions
    private let opset: Int

    var graph = Graph(name: "")
    /// The scopes from the model's graph to the graph that is being read, which is the last.
    var scopes: [ONNXScope] = []
    var missing = MissingOperators()
    var known = KnownValues()
    /// Functions whose bodies are being read.
    var calls: [ONNXFunctions.Key] = []
    /// Names that values have or will have, each with the number that the next value of that name gets.
    private var names: [String: Int] = [:]
    private var visitedNodes = 0
    /// Names in the model's graph that a node reads or that are outputs of the graph.
    private var readNames: Set<String> = []

    /// The largest number of nodes that are read. Functions that call each other may expand to any number of nodes.
    private static let mostNodes = 1 << 20
    /// The largest nesting depth of functions and branches.
    static let deepestScope = 64

    init(opset: Int, functions: ONNXFunctions = ONNXFunctions(), folder: String?, widens: Bool = true) {
        self.opset = opset
        self.functions = functions
        self.widens = widens
        self.tensors = ONNXTensorReader(folder: folder)
    }

    /// - Parameter weights: the data of initializers that is not in the message, by the numbers of the initializers.
    /// - Throws: `unsupported` naming all operators that deeper lacks.
    mutating func build(_ proto: Onnx_GraphProto, weights: [Int: ONNXTensorReader.Data]) throws -> Graph {
        graph = Graph(name: proto.name)
        scopes = [ONNXScope(opset: opset)]
        for name in proto.initializer.map(\.name) + proto.input.map(\.name) + proto.node.flatMap(\.output) {
            names[name] = 2
        }
        readNames = proto.readNames
        try add(proto.initializer, proto.sparseInitializer, weights: weights)
        for input in proto.input { try locating("input \(input.name.quotedForMessage)") { try add(input) } }
        try add(proto.node)
        try missing.report()
        for output in proto.output { try add(output: output) }
        try graph.verify()
        return graph
    }

    /// Adds constants.
    ///
    /// - Parameter weights: the data that is not in the message, by the numbers of the initializers.
    mutating func add(
        _ initializers: [Onnx_TensorProto], _ sparse: [Onnx_SparseTensorProto],
        weights: [Int: ONNXTensorReader.Data] = [:]
    ) throws {
        guard sparse.isEmpty else { throw DeeperError(.unsupported, "sparse initializers are not supported") }
        for (index, initializer) in initializers.enumerated() {
            try locating("initializer \(initializer.name.quotedForMessage)") {
                let value = try define(initializer.name)
                let tensor = try tensors.tensor(initializer, data: weights[index])
                graph.constants[value] = widens ? try tensor.widened() : tensor
            }
        }
    }

    /// Adds nodes to the scope.
    mutating func add(_ nodes: [Onnx_NodeProto]) throws {
        for (index, node) in nodes.enumerated() {
            do {
                try add(node, index)
            } catch let error as DeeperError where !missing.isEmpty && error.code != .limitExceeded {
                // The rest is read only to find further missing operators, which are what is reported.
                leaveOpen(node.output)
            }
        }
    }

    /// - Throws: `limitExceeded` if more nodes have been read than are allowed.
    mutating func countNode() throws {
        visitedNodes += 1
        guard visitedNodes <= ONNXGraphBuilder.mostNodes else {
            throw DeeperError(
                .limitExceeded, "more than \(ONNXGraphBuilder.mostNodes) nodes, those of called functions included")
        }
    }

    private mutating func add(_ proto: Onnx_NodeProto, _ index: Int) throws {
        try countNode()
        let name = self.name(of: proto, index)
        func place() -> String { "node \(name.quotedForMessage) (\(proto.opType))" }
        if let body = try locating(place(), { try body(of: proto) }) {
            return try locating(place()) { try add(body, for: proto, named: name) }
        }
        if proto.isBranching { return try locating(place()) { try add(branching: proto, named: name) } }
        guard OperatorCatalog.knows(proto.opType, domain: proto.domain) else {
            missing.add(proto.opType, domain: proto.domain, node: name)
            return leaveOpen(proto.output)
        }
        var inputs: [ValueID?] = try proto.input.map { input in try locating(place()) { try find(input) } }
        while let last = inputs.last, last == nil { inputs.removeLast() }
        var outputNames = proto.output
        // Unused outputs at the end are dropped, except where their number matters: Split makes one part for each.
        if !OperatorCatalog.countsOutputs(proto.opType) {
            while outputNames.last?.isEmpty == true { outputNames.removeLast() }
        }
        // For a normalisation that was left in training mode, exporters name the running averages although nothing
        // reads them.
        if proto.opType == "BatchNormalization", scopes.count == 1 {
            while outputNames.count > 1, let last = outputNames.last, !readNames.contains(last) {
                outputNames.removeLast()
            }
        }
        var attributes = try locating(place()) { try self.attributes(proto) }
        if widens, proto.opType == "Cast", case .int(let code)? = attributes["to"],
            (try? ElementType(onnx: code))?.isHalf == true
        {
            attributes["to"] = .int(ElementType.float32.onnxCode)
        }
        let opset = scopes[scopes.count - 1].opset
        let operation = try OperatorCatalog.make(
            proto.opType, node: name, domain: proto.domain, opset: opset, attributes: attributes,
            inputCount: inputs.count, outputCount: outputNames.count)
        let outputs: [ValueID?] = try locating(place()) {
            try outputNames.map { name -> ValueID? in name.isEmpty ? nil : try define(name) }
        }
        let domain = OperatorCatalog.isOwn(domain: proto.domain) ? "" : proto.domain
        graph.nodes.append(
            Node(
                name: name, operation: operation, inputs: inputs, outputs: outputs,
                form: NodeForm(opset: opset, domain: domain, attributes: attributes)))
    }

    /// A node's name in the whole graph; if it has none, the name of its first output is used.
    func name(of proto: Onnx_NodeProto, _ index: Int) -> String {
        let fallback = proto.output.first { !$0.isEmpty } ?? "#\(index)"
        return scopes[scopes.count - 1].prefix + (proto.name.isEmpty ? fallback : proto.name)
    }

    // MARK: names

    /// Makes a new value in the scope.
    mutating func define(_ name: String) throws -> ValueID {
        guard !name.isEmpty else { throw DeeperError(.invalidModel, "a value has no name") }
        let value = graph.makeValue(fullName(name))
        try bind(name, to: value)
        return value
    }

    private func isDefined(_ name: String) -> Bool { scopes[scopes.count - 1].values[name] != nil }

    /// Gives a value a name in the scope.
    private mutating func bind(_ name: String, to value: ValueID) throws {
        guard !isDefined(name) else {
            throw DeeperError(.invalidModel, "value \(name.quotedForMessage) is defined twice")
        }
        scopes[scopes.count - 1].values[name] = value
    }

    /// The value that a node's input name refers to; nil for an input that is left out.
    func find(_ name: String) throws -> ValueID? {
        if name.isEmpty { return nil }
        for scope in scopes.reversed() {
            if let value = scope.values[name] { return value }
            if scope.absent.contains(name) { return nil }
            if !scope.seesAround { break }
        }
        throw DeeperError(.invalidModel, "input \(name.quotedForMessage) is made by no node before this one")
    }

    /// Defines outputs that no operator computes, so that the nodes after them can be read.
    mutating func leaveOpen(_ outputs: [String]) {
        for output in outputs where !output.isEmpty && !isDefined(output) {
            scopes[scopes.count - 1].values[output] = graph.makeValue(output)
        }
    }

    /// The name in the whole graph of a value in the scope. Names of the model's own graph stay unchanged.
    private mutating func fullName(_ name: String) -> String {
        let scope = scopes[scopes.count - 1]
        if scopes.count == 1 { return name }
        if let outer = scope.outputNames[name] { return outer }
        let full = scope.prefix + name
        var unique = full
        while let number = names[unique] {
            names[full, default: number] += 1
            unique = "\(full):\(names[full, default: number] - 1)"
        }
        names[unique] = 2
        return unique
    }

    /// Adds the nodes of an inner scope, and binds its outputs to names in the outer scope.
    ///
    /// - Parameters:
    ///   - outputs: the names of values inside and outside the scope; the outer name is empty for outputs that are not
    ///     used.
    ///   - add: adds the nodes, while the scope is the last one.
    mutating func enter(
        _ scope: ONNXScope, outputs: [(inner: String, outer: String)], _ add: (inout ONNXGraphBuilder) throws -> Void
    ) throws {
        let wanted = outputs.filter { !$0.outer.isEmpty }
        var scope = scope
        for output in wanted where scope.outputNames[output.inner] == nil {
            scope.outputNames[output.inner] = fullName(output.outer)
        }
        let values = try enter(scope) { builder in
            try add(&builder)
            return try wanted.map { try builder.result($0.inner) }
        }
        for (output, value) in zip(wanted, values) { try bind(output.outer, to: value) }
    }

    /// The value of an output of the scope, by its name.
    func result(_ name: String) throws -> ValueID {
        guard let value = try find(name) else {
            throw DeeperError(.invalidModel, "output \(name.quotedForMessage) is left out")
        }
        return value
    }

    /// Calls `body` in an inner scope.
    mutating func enter<Result>(
        _ scope: ONNXScope, _ body: (inout ONNXGraphBuilder) throws -> Result
    ) throws -> Result {
        guard scopes.count < ONNXGraphBuilder.deepestScope else {
            throw DeeperError(
                .limitExceeded,
                "functions and branches are nested more than \(ONNXGraphBuilder.deepestScope) deep")
        }
        scopes.append(scope)
        defer { scopes.removeLast() }
        return try body(&self)
    }
}

extension Onnx_NodeProto {
    /// Whether the node is an If, which is replaced by its branches.
    var isBranching: Bool { opType == "If" && OperatorCatalog.isOwn(domain: domain) }
}
