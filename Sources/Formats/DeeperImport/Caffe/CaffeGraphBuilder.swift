import DeeperGraphs
import DeeperTensors

/// Builds a graph from a network in Caffe's format.
///
/// The first axis of every input is left open, as Caffe's `Reshape` does. Types are inferred on the fly for the extents
/// in the text; a few layers, such as PriorBox, become constants that hold only for these.
struct CaffeGraphBuilder: GraphImporter {
    var builder: ImportBuilder
    /// Reads the weights when a layer needs them; nil if all of them are zeros, which is enough for counts.
    private let readWeights: (() throws -> CaffeWeights)?
    private var weights: CaffeWeights?
    /// The blobs that have names, with which layers share them: of several in the file, the last one.
    private var sharedBlobs: [String: CaffeBlob] = [:]
    /// Reads a file that the text names, such as a mean.
    let readFile: (String) throws -> CaffeBlob

    /// What each name stands for at this point of the network.
    private var values: [String: ValueID] = [:]
    /// Names of values that no later layer has read, with the numbers of their definitions.
    private var unread: [String: Int] = [:]
    private var definitionCount = 0
    private var inputs: [CaffeNet.Input] = []
    private var inputValues: [String: ValueID] = [:]
    /// The positions that pooling layers give, with the shapes of the inputs of these layers.
    var positions: [ValueID: Shape] = [:]
    /// What layers of data do to pictures, by the name of the input, if the text says so.
    var preprocessing: [String: ImportedPreprocessing] = [:]
    /// The weights of the losses that read a name.
    private var lossWeights: [String: Float] = [:]
    private var leftOutTops: Set<String> = []
    private var layers: [CaffeLayer] = []
    private var missing: [(type: String, place: String)] = []

    /// The version of ONNX's operators that the layers become.
    static let opset = 13

    init(
        name: String, readWeights: (() throws -> CaffeWeights)?, readFile: @escaping (String) throws -> CaffeBlob
    ) {
        builder = ImportBuilder(name: name, opset: CaffeGraphBuilder.opset)
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
        let read = Set(builder.graph.nodes.flatMap { $0.inputs.compactMap { $0 } })
        // Inputs that only losses read, such as labels.
        let unused = Set(inputValues.values).subtracting(read)
        guard !results.isEmpty, unused.count < inputValues.count else {
            throw DeeperError(.invalidModel, "the network has no \(results.isEmpty ? "outputs" : "inputs")")
        }
        var declared: [ValueID: DeclaredType] = [:]
        for (_, value) in results {
            guard let type = builder.type(value) else { continue }
            let isConstant = constantValue(value) != nil
            declared[value] = DeclaredType(
                type.elementType,
                isConstant ? type.shape.dimensions.map { .fixed($0) } : openExtents(of: value, type.shape.dimensions))
        }
        return try builder.finished(results.map { (name: $0.0, value: $0.1) }, declared, without: unused)
    }

    private func isBatch(_ axis: Int, _ extent: Int) -> Bool { axis == 0 && extent == inputs.first?.extents.first }

    private func openBatch(_ extents: [Int]) -> [DeclaredDimension] {
        extents.enumerated().map { isBatch($0, $1) ? .symbol("N") : .fixed($1) }
    }

    private mutating func openExtents(of value: ValueID, _ extents: [Int]) -> [DeclaredDimension] {
        // A few layers hold for the text's batch only.
        guard let fixed = builder.fixedExtents(value) else { return openBatch(extents) }
        return zip(extents, fixed).enumerated().map { axis, both in
            both.1.map { .fixed($0) } ?? (isBatch(axis, both.0) ? .symbol("N") : .unknown)
        }
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
        let larger = shape.dimensions.enumerated().map { isBatch($0, $1) ? $1 + 1 : $1 }
        let value = builder.input(
            input.name, DeclaredType(.float32, openBatch(shape.dimensions)), assuming: TensorType(.float32, shape),
            or: TensorType(.float32, try Shape(validating: larger)))
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
    var inputPreprocessing: ImportedPreprocessing? {
        let read = Set(builder.graph.nodes.flatMap { $0.inputs.compactMap { $0 } })
        let used = inputValues.filter { read.contains($0.value) }
        return used.count == 1 ? used.first.flatMap { preprocessing[$0.key] } : nil
    }

    /// - Throws: `unsupported` if the shape depends on what is computed.
    mutating func shape(_ value: ValueID) throws -> Shape {
        guard let type = builder.type(value) else {
            throw DeeperError(.unsupported, "the shape of a bottom depends on what is computed")
        }
        return type.shape
    }

    func constantValue(_ value: ValueID) -> Tensor? { builder.constantValue(value) }

    /// The blobs of a layer, as tensors of the given shapes; a blob whose file has another shape is refused, except for
    /// ones in front, which files from before 2014 have.
    mutating func weights(of layer: CaffeLayer, _ shapes: [(name: String, shape: [Int])]) throws -> [ValueID] {
        let tensors = try self.tensors(of: layer, shapes.map(\.shape))
        return try zip(shapes, tensors).map { try constant("\(layer.name)/\($0.name)", $1) }
    }

    private mutating func loadedWeights() throws -> CaffeWeights? {
        if weights == nil, let read = try readWeights?() {
            weights = read
            for layer in layers {
                for (name, blob) in zip(layer.weightNames, read.blobs[layer.name] ?? []) where !name.isEmpty {
                    sharedBlobs[name] = blob
                }
            }
        }
        return weights
    }

    /// Without a file of weights, nothing else bounds what a text can ask for.
    private func zeros(_ extents: [Int]) throws -> Tensor {
        let shape = try Shape(validating: extents)
        try builder.checkHeld(adding: shape.elementCount)
        return try Tensor(.float32, shape: shape)
    }

    /// The blobs of a layer.
    private func blobs(of layer: CaffeLayer, in weights: CaffeWeights, count: Int) throws -> [CaffeBlob] {
        let own = weights.blobs[layer.name] ?? []
        let names = layer.weightNames.prefix(count)
        let shared = names.map { sharedBlobs[$0] }
        // The file has the blobs that layers share for each of them, or only for one.
        guard own.count == count || own.isEmpty && shared.count == count && !shared.contains(where: { $0 == nil })
        else {
            throw DeeperError(
                .invalidModel,
                own.isEmpty
                    ? "the caffemodel has no weights for this layer"
                    : "the caffemodel has \(own.count) blobs for this layer, expected \(count)")
        }
        return (0..<count).map { $0 < shared.count ? shared[$0] ?? own[$0] : own[$0] }
    }

    mutating func tensors(of layer: CaffeLayer, _ shapes: [[Int]]) throws -> [Tensor] {
        guard let weights = try loadedWeights() else { return try shapes.map { try zeros($0) } }
        let blobs = try blobs(of: layer, in: weights, count: shapes.count)
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
