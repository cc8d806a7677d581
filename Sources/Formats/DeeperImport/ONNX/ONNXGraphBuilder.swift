import DeeperGraphs
import DeeperTensors

/// Builds a graph from its protobuf form: names become values, attributes operators; calls of functions and decided Ifs
/// become the nodes that they stand for, other Ifs the nodes of both branches and one that chooses.
struct ONNXGraphBuilder {
    let tensors: ONNXTensorReader
    /// Whether 16-bit floats become float32; not in a graph in which they have already.
    let widens: Bool
    let functions: ONNXFunctions
    private let opset: Int

    var graph = Graph(name: "")
    /// The graph that is being read, and around it those that it is part of.
    var scopes: [ONNXScope] = []
    var missing = MissingOperators()
    var known = KnownValues()
    /// Functions whose bodies are being read.
    var calls: [ONNXFunctions.Key] = []
    /// Names that values have or will have, and the number that the next of each name gets.
    private var names: [String: Int] = [:]
    private var visitedNodes = 0
    /// Names of the model's graph that a node reads or the graph gives out.
    private var readNames: Set<String> = []

    /// Functions that call each other may stand for any number of nodes.
    private static let mostNodes = 1 << 20
    /// Of functions and branches within each other.
    static let deepestScope = 64

    init(opset: Int, functions: ONNXFunctions = ONNXFunctions(), folder: String?, widens: Bool = true) {
        self.opset = opset
        self.functions = functions
        self.widens = widens
        self.tensors = ONNXTensorReader(folder: folder)
    }

    /// - Parameter weights: data of initializers that is not in the message, by their numbers.
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
    /// - Parameter weights: data that is not in the message, by the numbers of the initializers.
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
                // The rest is read for further missing operators only: those are what will be reported.
                leaveOpen(node.output)
            }
        }
    }

    /// - Throws: `limitExceeded` if so many nodes have been read that a file should not have them.
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
        // Exporters name the running averages of a normalisation that was left in training, for nobody to read.
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

    /// A node's name in the whole graph, or its first output's if it has none.
    func name(of proto: Onnx_NodeProto, _ index: Int) -> String {
        let fallback = proto.output.first { !$0.isEmpty } ?? "#\(index)"
        return scopes[scopes.count - 1].prefix + (proto.name.isEmpty ? fallback : proto.name)
    }

    // MARK: names

    /// A new value of the scope.
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

    /// The value that a node names; nil for an input that is left out.
    func find(_ name: String) throws -> ValueID? {
        if name.isEmpty { return nil }
        for scope in scopes.reversed() {
            if let value = scope.values[name] { return value }
            if scope.absent.contains(name) { return nil }
            if !scope.seesAround { break }
        }
        throw DeeperError(.invalidModel, "input \(name.quotedForMessage) is made by no node before this one")
    }

    /// Defines outputs that nothing makes, so that the nodes after them can be read.
    mutating func leaveOpen(_ outputs: [String]) {
        for output in outputs where !output.isEmpty && !isDefined(output) {
            scopes[scopes.count - 1].values[output] = graph.makeValue(output)
        }
    }

    /// What a value of the scope is called in the whole graph; the names of the model's own graph stay.
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

    /// Adds the nodes of an inner scope, and gives what leaves it its names outside.
    ///
    /// - Parameters:
    ///   - outputs: names of values within the scope, and outside; empty outside for those that nobody wants.
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

    /// What a name stands for that leaves the scope.
    func result(_ name: String) throws -> ValueID {
        guard let value = try find(name) else {
            throw DeeperError(.invalidModel, "output \(name.quotedForMessage) is left out")
        }
        return value
    }

    /// Does something in an inner scope.
    mutating func enter<Result>(
        _ scope: ONNXScope, _ body: (inout ONNXGraphBuilder) throws -> Result
    ) throws -> Result {
        guard scopes.count < ONNXGraphBuilder.deepestScope else {
            throw DeeperError(
                .limitExceeded,
                "functions and branches within each other, more than \(ONNXGraphBuilder.deepestScope) deep")
        }
        scopes.append(scope)
        defer { scopes.removeLast() }
        return try body(&self)
    }
}

extension Onnx_NodeProto {
    /// Whether it is an If, which becomes its branches.
    var isBranching: Bool { opType == "If" && OperatorCatalog.isOwn(domain: domain) }
}
