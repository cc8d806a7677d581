import DeeperGraphs
import DeeperTensors

/// Builds a graph from a network in Caffe's format: every layer becomes one or a few of ONNX's operators, so that the
/// graph can be written as an ONNX file.
///
/// The first axis of every input is left open, as Caffe's `Reshape` does. Types are inferred on the fly for the extents
/// in the text; a few layers, such as PriorBox, become constants that hold only for these.
struct CaffeGraphBuilder {
    private var builder: GraphBuilder
    /// Reads the weights when a layer needs them; nil if all of them are zeros, which is enough for counts.
    private let readWeights: (() throws -> CaffeWeights)?
    private var weights: CaffeWeights?
    /// Reads a file that the text names, such as a mean.
    let readFile: (String) throws -> CaffeBlob

    /// What each name stands for at this point of the network.
    private var values: [String: ValueID] = [:]
    /// Names of values that no later layer has read, in the order in which they were made.
    private var unread: [String] = []
    private var types: [ValueID: TensorType] = [:]
    private var nodeNames: Set<String> = []
    private var inputs: [CaffeNet.Input] = []
    private var inputValues: [String: ValueID] = [:]
    /// The nodes that make them, and the extents of the planes, of pooling layers whose positions an unpooling reads.
    var positions: [ValueID: Shape] = [:]
    /// What the layer of data does to pictures, if the text says so.
    var preprocessing: CaffePreprocessing?
    private var layers: [CaffeLayer] = []
    private var missing: [(type: String, place: String)] = []

    private var zeroCount = 0
    private static let mostZeros = 1 << 28
    /// The version of ONNX's operators that the layers become.
    static let opset = 13

    init(
        name: String, readWeights: (() throws -> CaffeWeights)?, readFile: @escaping (String) throws -> CaffeBlob
    ) {
        builder = GraphBuilder(name: name, opset: CaffeGraphBuilder.opset)
        self.readWeights = readWeights
        self.readFile = readFile
    }

    /// - Throws: `unsupported` with all types of layers that are not known.
    mutating func build(_ net: CaffeNet) throws -> Graph {
        layers = net.layers
        for input in net.inputs { try locating("input \(input.name.quotedForMessage)") { try add(input) } }
        for layer in net.layers {
            guard let convert = CaffeLayers.all[layer.type] else {
                missing.append((layer.type, layer.label))
                continue
            }
            guard missing.isEmpty else { continue }
            try locating(layer.label) {
                var context = CaffeLayerContext(layer)
                try convert(&self, &context)
                try context.parameters.finish()
            }
        }
        try reportMissing()
        return try finished()
    }

    private func reportMissing() throws {
        guard !missing.isEmpty else { return }
        var seen: Set<String> = []
        let types = missing.map(\.type).filter { seen.insert($0).inserted }.map(\.quotedForMessage)
        throw DeeperError(
            .unsupported,
            "the network has layers of unknown types: \(types.joined(separator: ", ")); the first one is \(missing[0].place)"
        )
    }

    private func finished() throws -> Graph {
        var graph = builder.graph
        let outputs = unread.compactMap { name in values[name].map { (name, $0) } }
        // Inputs that only losses read, such as labels.
        let read = Set(graph.nodes.flatMap { $0.inputs.compactMap { $0 } })
        graph.inputs.removeAll { !read.contains($0.value) }
        let results = outputs.filter { name, value in inputValues[name] != value }
        guard !results.isEmpty, !graph.inputs.isEmpty else {
            throw DeeperError(.invalidModel, "the network has no \(results.isEmpty ? "outputs" : "inputs")")
        }
        // After layers that work in place, the last value of a name is the one that has it.
        var owners: [String: ValueID] = [:]
        for index in 0..<graph.valueCount { owners[graph.valueNames[index]] = ValueID(number: index) }
        for (name, value) in results {
            if let owner = owners[name], owner != value { graph.rename(owner, graph.name(of: value)) }
            graph.rename(value, name)
            if let type = types[value] {
                graph.declaredOutputs[value] = DeclaredType(type.elementType, openBatch(type.shape.dimensions))
            }
        }
        graph.outputs = results.map(\.1)
        try graph.verify()
        return graph.withoutUnusedConstants()
    }

    private func openBatch(_ extents: [Int]) -> [DeclaredDimension] {
        let batch = inputs.first?.extents.first
        return extents.enumerated().map { $0 == 0 && $1 == batch ? .symbol("N") : .fixed($1) }
    }
}

// What the layers use.
extension CaffeGraphBuilder {
    /// Adds an input of the network.
    mutating func add(_ input: CaffeNet.Input) throws {
        let shape = try Shape(validating: input.extents)
        guard !shape.isEmpty, values[input.name] == nil else {
            throw DeeperError(
                .invalidModel, shape.isEmpty ? "the shape \(shape) has no elements" : "two inputs have this name")
        }
        inputs.append(input)
        let value = builder.input(input.name, DeclaredType(.float32, openBatch(shape.dimensions)))
        types[value] = TensorType(.float32, shape)
        inputValues[input.name] = value
        define(input.name, value)
    }

    /// The value that a name stands for.
    mutating func read(_ name: String) throws -> ValueID {
        guard let value = values[name] else {
            throw DeeperError(.invalidModel, "there is no layer before this one whose top is \(name.quotedForMessage)")
        }
        unread.removeAll { $0 == name }
        return value
    }

    /// Lets a name stand for a value from now on.
    mutating func define(_ name: String, _ value: ValueID) {
        values[name] = value
        unread.removeAll { $0 == name }
        unread.append(name)
    }

    func isKnown(_ name: String) -> Bool { values[name] != nil }

    /// - Throws: `unsupported` if the shape depends on what is computed.
    func shape(_ value: ValueID) throws -> Shape {
        guard let type = types[value] else {
            throw DeeperError(.unsupported, "the shape of a bottom depends on what is computed")
        }
        return type.shape
    }

    func constantValue(_ value: ValueID) -> Tensor? { builder.graph.constants[value] }

    /// A name for a node or a value that nothing has yet.
    private mutating func unusedName(_ wanted: String) -> String {
        var name = wanted
        var number = 2
        while !nodeNames.insert(name).inserted {
            name = "\(wanted)#\(number)"
            number += 1
        }
        return name
    }

    mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
        let value = builder.constant(unusedName(name), tensor)
        types[value] = TensorType(tensor.elementType, tensor.shape)
        return value
    }

    mutating func constant(_ name: String, _ number: Float) throws -> ValueID {
        constant(name, try Tensor([number], shape: []))
    }

    mutating func constant(_ name: String, _ numbers: [Int]) throws -> ValueID {
        constant(name, try Tensor(numbers.map(Int64.init), shape: [numbers.count]))
    }

    /// Adds a node with one output.
    mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        try nodes(operatorName, name, inputs, attributes, outputCount: 1)[0]
    }

    mutating func nodes(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:],
        outputCount: Int
    ) throws -> [ValueID] {
        let outputs = try builder.nodes(
            operatorName, unusedName(name), inputs, attributes, outputCount: outputCount)
        let node = builder.graph.nodes[builder.graph.nodes.count - 1]
        let known = NodeInputs(
            types: inputs.map { $0.flatMap { types[$0] } }, values: inputs.map { $0.flatMap { constantValue($0) } })
        guard !inputs.contains(where: { $0.map { types[$0] == nil } ?? false }) else { return outputs }
        do {
            for (output, type) in zip(outputs, try node.operation.infer(known)) { types[output] = type }
        } catch let error as DeeperError where error.code == .unsupported && operatorName == "NonZero" {
            // The number of what is found depends on the data.
        }
        return outputs
    }

    /// The blobs of a layer, as tensors of the given shapes; a blob whose file has another shape is refused, except for
    /// ones in front, which files from before 2014 have.
    mutating func weights(of layer: CaffeLayer, _ shapes: [(name: String, shape: [Int])]) throws -> [ValueID] {
        let tensors = try self.tensors(of: layer, shapes.map(\.shape))
        return zip(shapes, tensors).map { constant("\(layer.name)/\($0.name)", $1) }
    }

    private mutating func loadedWeights() throws -> CaffeWeights? {
        if weights == nil { weights = try readWeights?() }
        return weights
    }

    /// Without a file of weights, nothing bounds what a text can ask for.
    private mutating func zeros(_ extents: [Int]) throws -> Tensor {
        let shape = try Shape(validating: extents)
        zeroCount += shape.elementCount
        guard zeroCount <= CaffeGraphBuilder.mostZeros else {
            throw DeeperError(
                .limitExceeded,
                "the network has more than \(CaffeGraphBuilder.mostZeros) weights; give a caffemodel file")
        }
        return try Tensor(.float32, shape: shape)
    }

    mutating func tensors(of layer: CaffeLayer, _ shapes: [[Int]]) throws -> [Tensor] {
        guard let weights = try loadedWeights() else { return try shapes.map { try zeros($0) } }
        guard let blobs = weights.blobs[layer.name] else {
            throw DeeperError(.invalidModel, "the caffemodel has no weights for this layer")
        }
        guard blobs.count == shapes.count else {
            throw DeeperError(
                .invalidModel, "the caffemodel has \(blobs.count) blobs for this layer, expected \(shapes.count)")
        }
        return try zip(blobs, shapes).map { blob, extents in
            let shape = try Shape(validating: extents)
            func core(_ extents: [Int]) -> ArraySlice<Int> { extents.drop { $0 == 1 } }
            guard core(blob.extents) == core(extents) else {
                throw DeeperError(
                    .invalidModel,
                    "the caffemodel has a blob of shape \(blob.extents) for this layer, expected \(extents)")
            }
            return try blob.tensor(shape)
        }
    }

    /// The number of channels that the first layer to read a name takes, if it is a convolution with weights.
    mutating func channelsRead(from name: String) throws -> Int? {
        guard var layer = layers.first(where: { $0.bottoms.contains(name) }), layer.type == "Convolution",
            let extents = try loadedWeights()?.blobs[layer.name]?.first?.extents, extents.count == 4
        else { return nil }
        var parameters = try layer.parameters.parameters("convolution_param")
        let (channels, isOverflow) = extents[1].multipliedReportingOverflow(
            by: max(1, try parameters.int("group") ?? 1))
        return isOverflow ? nil : channels
    }

    /// Lets a name stand for (x - mean) * scale.
    mutating func subtract(_ mean: Tensor, scale: Float, from name: String, _ layer: String) throws {
        var x = try node("Sub", "\(layer)/centred", [read(name), constant("\(layer)/mean", mean)])
        if scale != 1 { x = try node("Mul", "\(layer)/scaled", [x, constant("\(layer)/scale", scale)]) }
        define(name, x)
    }
}

/// One layer while it is converted.
struct CaffeLayerContext {
    let layer: CaffeLayer
    var parameters: CaffeParameters

    init(_ layer: CaffeLayer) {
        self.layer = layer
        parameters = layer.parameters
    }

    var name: String { layer.name }

    /// - Throws: `invalidModel` unless the layer has as many bottoms and tops.
    func expect(bottoms: ClosedRange<Int>, tops: ClosedRange<Int> = 1...1) throws {
        guard bottoms.contains(layer.bottoms.count), tops.contains(layer.tops.count) else {
            throw DeeperError(
                .invalidModel, "the layer has \(layer.bottoms.count) bottoms and \(layer.tops.count) tops")
        }
    }
}

/// Adds the nodes of a layer.
typealias CaffeConversion = @Sendable (inout CaffeGraphBuilder, inout CaffeLayerContext) throws -> Void
