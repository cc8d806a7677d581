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
    /// Names of values that no later layer has read, with the numbers of their definitions.
    private var unread: [String: Int] = [:]
    private var definitionCount = 0
    private var types: [ValueID: TensorType] = [:]
    /// Names of nodes and constants, each with the number that the next one of that name gets.
    private var nodeNames: [String: Int] = [:]
    private var inputs: [CaffeNet.Input] = []
    private var inputValues: [String: ValueID] = [:]
    /// The positions that pooling layers give, with the shapes of the inputs of these layers.
    var positions: [ValueID: Shape] = [:]
    /// What layers of data do to pictures, by the name of the input, if the text says so.
    var preprocessing: [String: CaffePreprocessing] = [:]
    /// The weights of the losses that read a name.
    private var lossWeights: [String: Float] = [:]
    private var leftOutTops: Set<String> = []
    private var layers: [CaffeLayer] = []
    private var missing: [(type: String, place: String)] = []

    /// The elements of constants that are in memory, and not in the file of weights.
    private var heldCount = 0
    private static let mostHeld = 1 << 28
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
                try checkTops(of: layer)
                var context = CaffeLayerContext(layer)
                try convert(&self, &context)
                try context.parameters.finish()
            }
        }
        try reportMissing()
        return try finished()
    }

    /// Only a layer that works in place may have a top that there is already.
    private func checkTops(of layer: CaffeLayer) throws {
        guard !CaffeLayers.areTopsLeftOut(layer.type) else { return }
        for (index, top) in layer.tops.enumerated() {
            let isInPlace = index < layer.bottoms.count && layer.bottoms[index] == top
            guard !layer.tops[..<index].contains(top), isInPlace || values[top] == nil else {
                throw DeeperError(.invalidModel, "two layers have the top \(top.quotedForMessage)")
            }
        }
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

    private mutating func finished() throws -> Graph {
        var outputs = unread.sorted { $0.value < $1.value }.compactMap { name, _ in values[name].map { (name, $0) } }
        // Where losses have weights, the classifier that is to be used is read by the one with the largest.
        let order = outputs.indices.sorted {
            let weights = (lossWeights[outputs[$0].0] ?? 1, lossWeights[outputs[$1].0] ?? 1)
            return weights.0 != weights.1 ? weights.0 > weights.1 : $0 < $1
        }
        outputs = order.map { outputs[$0] }
        let results = outputs.filter { name, value in inputValues[name] != value }
        for (name, value) in results where positions[value] != nil {
            throw DeeperError(
                .unsupported, "the positions \(name.quotedForMessage) of a pooling as an output of the network")
        }
        var graph = builder.graph
        // An input keeps its name, also where a layer works in place on it.
        let named = results.filter { inputValues[$0.0] == nil }
        let (names, owners) = (Set(named.map(\.0)), Set(named.map(\.1)))
        for index in 0..<graph.valueCount {
            let value = ValueID(number: index)
            guard !owners.contains(value), names.contains(graph.name(of: value)) else { continue }
            graph.rename(value, unusedName(graph.name(of: value)))
        }
        for (name, value) in named { graph.rename(value, name) }
        // Inputs that only losses read, such as labels.
        let read = Set(graph.nodes.flatMap { $0.inputs.compactMap { $0 } })
        graph.inputs.removeAll { !read.contains($0.value) }
        guard !results.isEmpty, !graph.inputs.isEmpty else {
            throw DeeperError(.invalidModel, "the network has no \(results.isEmpty ? "outputs" : "inputs")")
        }
        for (_, value) in results {
            guard let type = types[value] else { continue }
            let isConstant = constantValue(value) != nil
            graph.declaredOutputs[value] = DeclaredType(
                type.elementType,
                isConstant ? type.shape.dimensions.map { .fixed($0) } : openBatch(type.shape.dimensions))
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
        nodeNames[input.name] = nodeNames[input.name] ?? 2
        let value = builder.input(input.name, DeclaredType(.float32, openBatch(shape.dimensions)))
        types[value] = TensorType(.float32, shape)
        inputValues[input.name] = value
        define(input.name, value)
    }

    /// The value that a name stands for.
    mutating func read(_ name: String) throws -> ValueID {
        guard let value = values[name] else {
            throw leftOutTops.contains(name)
                ? DeeperError(
                    .unsupported,
                    "the bottom \(name.quotedForMessage) is the top of a loss or accuracy, which are left out")
                : DeeperError(
                    .invalidModel, "there is no layer before this one whose top is \(name.quotedForMessage)")
        }
        unread[name] = nil
        return value
    }

    /// Lets a name stand for a value from now on.
    mutating func define(_ name: String, _ value: ValueID) {
        values[name] = value
        unread[name] = definitionCount
        definitionCount += 1
    }

    /// Leaves a layer out, and makes what it reads an output unless other layers read it.
    mutating func leaveOut(_ layer: CaffeLayer, weight: Float) throws {
        for bottom in layer.bottoms {
            // Reading a name that does not exist gives the error.
            if values[bottom] == nil, !leftOutTops.contains(bottom) { _ = try read(bottom) }
            lossWeights[bottom] = max(lossWeights[bottom] ?? weight, weight)
        }
        leftOutTops.formUnion(layer.tops)
    }

    /// What the layer of data does to the pictures of the network's only input.
    var inputPreprocessing: CaffePreprocessing? {
        let read = Set(builder.graph.nodes.flatMap { $0.inputs.compactMap { $0 } })
        let used = inputValues.filter { read.contains($0.value) }
        return used.count == 1 ? used.first.flatMap { preprocessing[$0.key] } : nil
    }

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
        guard var number = nodeNames[wanted] else {
            nodeNames[wanted] = 2
            return wanted
        }
        var name: String
        repeat {
            name = "\(wanted)#\(number)"
            number += 1
        } while nodeNames[name] != nil
        nodeNames[wanted] = number
        nodeNames[name] = 2
        return name
    }

    /// - Throws: `limitExceeded` if all constants in memory are too large.
    mutating func constant(_ name: String, _ tensor: Tensor) throws -> ValueID {
        if tensor.isInMemory {
            try checkHeld(adding: tensor.shape.elementCount)
            heldCount += tensor.shape.elementCount
        }
        let value = builder.constant(unusedName(name), tensor)
        types[value] = TensorType(tensor.elementType, tensor.shape)
        return value
    }

    mutating func constant(_ name: String, _ number: Float) throws -> ValueID {
        try constant(name, Tensor([number], shape: []))
    }

    mutating func constant(_ name: String, _ numbers: [Int]) throws -> ValueID {
        try constant(name, Tensor(numbers.map(Int64.init), shape: [numbers.count]))
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
        return try zip(shapes, tensors).map { try constant("\(layer.name)/\($0.name)", $1) }
    }

    private mutating func loadedWeights() throws -> CaffeWeights? {
        if weights == nil { weights = try readWeights?() }
        return weights
    }

    /// Without a file of weights, nothing else bounds what a text can ask for.
    private func zeros(_ extents: [Int]) throws -> Tensor {
        let shape = try Shape(validating: extents)
        try checkHeld(adding: shape.elementCount)
        return try Tensor(.float32, shape: shape)
    }

    private func checkHeld(adding count: Int) throws {
        guard count <= CaffeGraphBuilder.mostHeld - heldCount else {
            throw DeeperError(
                .limitExceeded,
                "the network has more than \(CaffeGraphBuilder.mostHeld) numbers that are not in a file of weights")
        }
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
