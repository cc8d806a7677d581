public import DeeperGraphs
internal import DeeperTensors
internal import FoundationEssentials
internal import SwiftProtobuf

extension ONNXModel {
    /// The largest number of bytes that a protobuf message may have.
    private static let largestFile = Int(Int32.max)

    /// Writes a graph as an ONNX file, atomically: if anything fails, the file at `path` is unchanged.
    ///
    /// The graph must be as a file or a builder produced it, because nodes made by passes cannot be expressed in ONNX.
    ///
    /// - Parameters:
    ///   - metadata: texts by key, to be written as `metadata_props`.
    ///   - producer: the program that made the model, for the header.
    /// - Throws: `unsupported` for nodes that passes made; `limitExceeded` beyond 2 GiB, or if the system refuses to
    ///   write; the errors of the sources of weights.
    public static func write(
        _ graph: Graph, metadata: [String: String] = [:], to path: String, producer: String = "deeper"
    ) throws {
        let bytes: [UInt8] = try locating(graph.name) {
            try message(graph, metadata, producer, .whole).serializedBytes()
        }
        try locating(path) {
            try AtomicFile.write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
        }
    }

    /// The part of a graph's constants that a message holds.
    enum Weights {
        case whole
        /// Everything except for the data of large constants. Constants that a run may replace are listed among the
        /// inputs.
        case withoutLargeData
    }

    /// The constants of a graph that its message lists, in their order.
    static func initializers(_ graph: Graph) -> [(value: ValueID, tensor: Tensor)] {
        let read = Set(graph.nodes.flatMap { $0.inputs.compactMap { $0 } } + graph.outputs)
        return graph.constants.filter { read.contains($0.key) }.sorted { $0.key.index < $1.key.index }
            .map { ($0.key, $0.value) }
    }

    /// Whether ``Weights/withoutLargeData`` leaves out the data of a constant. Bools are never left out: their bytes
    /// are checked when they are read, so they are read at once.
    static func isLarge(_ tensor: Tensor) -> Bool {
        tensor.elementType != .bool && tensor.byteCount >= ONNXOutline.smallestData
    }

    static func message(
        _ graph: Graph, _ metadata: [String: String], _ producer: String, _ weights: Weights
    ) throws -> Onnx_ModelProto {
        let opsets = Set(graph.nodes.compactMap { $0.form?.opset })
        guard opsets.count <= 1 else {
            throw DeeperError(.unsupported, "nodes of several opsets: \(opsets.sorted())")
        }
        var model = Onnx_ModelProto()
        // IR version 8 is the first that allows opset 15; it allows older opsets too.
        let opset = opsets.first ?? 13
        model.irVersion = opset > 18 ? 10 : 8
        model.producerName = producer
        model.metadataProps = entries(metadata)
        // The other domains are in their first version.
        let others = Set(graph.nodes.compactMap { $0.form?.domain }).subtracting([""]).sorted()
        model.opsetImport = ([("", opset)] + others.map { ($0, 1) }).map { domain, version in
            var imported = Onnx_OperatorSetIdProto()
            (imported.domain, imported.version) = (domain, Int64(version))
            return imported
        }
        model.graph = try self.graph(graph, weights)
        if weights == .whole { model.functions = try DeeperFunctions.definitions(for: graph, opset: opset) }
        return model
    }

    private static func graph(_ graph: Graph, _ weights: Weights) throws -> Onnx_GraphProto {
        var names = ONNXNames(graph)
        var proto = Onnx_GraphProto()
        // ONNX demands a name, which other formats do not.
        proto.name = graph.name.isEmpty && weights == .whole ? "network" : graph.name
        let constants = initializers(graph)
        let replaceable = weights == .whole ? [] : Set(constants.map(\.value))
        for input in graph.inputs
        where graph.constants[input.value] == nil || replaceable.contains(input.value) {
            proto.input.append(info(names[input.value], input.type))
        }
        for output in graph.outputs {
            let type = graph.declaredOutputs[output] ?? DeclaredType(.float32, nil)
            proto.output.append(info(names[output], type))
        }
        func holds(_ tensor: Tensor) -> Bool { weights == .whole || !isLarge(tensor) }
        guard saturatingSum(constants.map(\.tensor).filter(holds).map(\.byteCount)) < largestFile else {
            throw DeeperError(.limitExceeded, "the weights take 2 GiB or more, which an ONNX file cannot hold")
        }
        for (value, tensor) in constants {
            proto.initializer.append(
                try self.tensor(tensor, named: names[value], withData: holds(tensor)))
        }
        proto.node = try nodes(of: nil, in: graph, Branches(graph), &names)
        return proto
    }

    static func node(_ node: Node, _ names: ONNXNames) throws -> Onnx_NodeProto {
        guard let form = node.form else {
            throw DeeperError(.unsupported, "the node was made by a pass and has no form in ONNX")
        }
        var proto = Onnx_NodeProto()
        proto.name = node.name
        proto.opType = node.operatorName
        if !form.domain.isEmpty { proto.domain = form.domain }
        proto.input = node.inputs.map { $0.map { names[$0] } ?? "" }
        proto.output = node.outputs.map { $0.map { names[$0] } ?? "" }
        proto.attribute = try form.attributes.sorted { $0.key < $1.key }.map { try attribute($0.key, $0.value) }
        return proto
    }

    private static func attribute(_ name: String, _ value: AttributeValue) throws -> Onnx_AttributeProto {
        var proto = Onnx_AttributeProto()
        proto.name = name
        switch value {
        case .int(let value): (proto.type, proto.i) = (.int, Int64(value))
        case .float(let value): (proto.type, proto.f) = (.float, value)
        case .string(let value): (proto.type, proto.s) = (.string, Data(value.utf8))
        case .ints(let values): (proto.type, proto.ints) = (.ints, values.map(Int64.init))
        case .floats(let values): (proto.type, proto.floats) = (.floats, values)
        case .strings(let values): (proto.type, proto.strings) = (.strings, values.map { Data($0.utf8) })
        case .tensor(let value): (proto.type, proto.t) = (.tensor, try tensor(value, named: ""))
        case .unsupported(let kind):
            throw DeeperError(.unsupported, "attribute \(name) is of kind \(kind), which is not written")
        }
        return proto
    }

    static func tensor(
        _ tensor: Tensor, named name: String, withData holdsData: Bool = true
    ) throws -> Onnx_TensorProto {
        var proto = Onnx_TensorProto()
        proto.name = name
        proto.dims = tensor.shape.dimensions.map(Int64.init)
        proto.dataType = Int32(tensor.elementType.onnxCode)
        if holdsData { proto.rawData = try tensor.withUnsafeBytes { Data($0.prefix(tensor.byteCount)) } }
        return proto
    }

    private static func info(_ name: String, _ type: DeclaredType) -> Onnx_ValueInfoProto {
        var info = Onnx_ValueInfoProto()
        info.name = name
        info.type.tensorType.elemType = Int32(type.elementType.onnxCode)
        guard let dimensions = type.dimensions else { return info }
        info.type.tensorType.shape.dim = dimensions.map { dimension in
            var proto = Onnx_TensorShapeProto.Dimension()
            switch dimension {
            case .fixed(let extent): proto.dimValue = Int64(extent)
            case .symbol(let name): proto.dimParam = name
            case .unknown: break
            }
            return proto
        }
        return info
    }
}
