import DeeperGraphs
import DeeperTensors

/// Operators with which ONNX Runtime's optimiser replaces several ONNX operators, and the nodes that they are expanded
/// to.
enum ONNXRuntimeFusion: String {
    case biasGelu = "BiasGelu"
    case fastGelu = "FastGelu"
    case fusedConv = "FusedConv"
    case fusedGemm = "FusedGemm"
    case skipLayerNormalization = "SkipLayerNormalization"
    case skipSimplifiedLayerNormalization = "SkipSimplifiedLayerNormalization"

    /// Nil for a node with any other operator.
    init?(_ node: Onnx_NodeProto) {
        guard node.domain == OperatorCatalog.runtimeDomain else { return nil }
        self.init(rawValue: node.opType)
        // Without a bias it is an operator of the catalogue.
        if self == .fastGelu, node.inputName(1).isEmpty { return nil }
    }

    /// - Parameters:
    ///   - attributes: the attributes of the node, with references replaced.
    ///   - opset: the opset in whose form the nodes are made.
    /// - Throws: `unsupported` for activations that ONNX Runtime does not fuse; `invalidModel` for wrong parameters of
    ///   an activation.
    func body(of node: Onnx_NodeProto, _ attributes: [Onnx_AttributeProto], opset: Int) throws -> ONNXBody {
        switch self {
        case .biasGelu, .fastGelu:
            let gelu = self == .biasGelu ? "Gelu" : "FastGelu"
            return ONNXBody(
                inputs: ["X", "bias"], outputs: ["Y"],
                nodes: [
                    .make("Add", ["X", "bias"], ["sum"]),
                    .make(gelu, domain: OperatorCatalog.runtimeDomain, ["sum"], ["Y"], attributes),
                ])
        case .fusedConv:
            let own = ["activation", "activation_params"]
            let last = node.inputName(3).isEmpty ? "product" : "sum"
            var nodes: [Onnx_NodeProto] = [
                .make("Conv", ["X", "W", "B"], ["product"], attributes.filter { !own.contains($0.name) })
            ]
            if last == "sum" { nodes.append(.make("Add", ["product", "Z"], ["sum"])) }
            let parameters = attributes.first { $0.name == own[1] }?.floats ?? []
            nodes += try ONNXRuntimeFusion.activation(
                attributes.text(own[0]), parameters, of: last, opset: opset)
            return ONNXBody(inputs: ["X", "W", "B", "Z"], outputs: ["Y"], nodes: nodes.making("Y"))
        case .fusedGemm:
            let name = attributes.text("activation")
            let prefix = "activation_"
            let parameters = attributes.filter { $0.name.hasPrefix(prefix) }.map { attribute in
                var renamed = attribute
                renamed.name = String(attribute.name.dropFirst(prefix.count))
                return renamed
            }
            let rest = attributes.filter { $0.name != "activation" && !$0.name.hasPrefix(prefix) }
            var nodes: [Onnx_NodeProto] = [.make("Gemm", ["A", "B", "C"], ["product"], rest)]
            if let name { nodes.append(.make(name, ["product"], ["activated"], parameters)) }
            return ONNXBody(inputs: ["A", "B", "C"], outputs: ["Y"], nodes: nodes.making("Y"))
        case .skipLayerNormalization:
            return skipNormalization(
                node, attributes, inputs: ["X", "skip", "scale", "shift", "bias"], "LayerNormalization",
                ["scale", "shift"], ["Y", "mean", "inverse"])
        case .skipSimplifiedLayerNormalization:
            return skipNormalization(
                node, attributes, inputs: ["X", "skip", "scale", "bias"], "SimplifiedLayerNormalization", ["scale"],
                ["Y", "inverse"])
        }
    }

    /// The normalisation of X + skip + bias; the sum is an output too.
    private func skipNormalization(
        _ node: Onnx_NodeProto, _ attributes: [Onnx_AttributeProto], inputs: [String], _ operatorName: String,
        _ parameters: [String], _ results: [String]
    ) -> ONNXBody {
        var nodes: [Onnx_NodeProto] = [.make("Add", ["X", "skip"], ["sum"])]
        if inputs.firstIndex(of: "bias").map({ !node.inputName($0).isEmpty }) == true {
            nodes[0].output = ["unbiased"]
            nodes.append(.make("Add", ["unbiased", "bias"], ["sum"]))
        }
        var attributes = attributes
        if !attributes.contains(where: { $0.name == "epsilon" }) { attributes.append(.make("epsilon", 1e-12)) }
        let outputs = ["Y", "mean", "inverse", "sum"]
        let wanted = results.map { name in
            node.outputName(outputs.firstIndex(of: name) ?? 0).isEmpty && name != "Y" ? "" : name
        }
        nodes.append(.make(operatorName, ["sum"] + parameters, wanted, attributes))
        return ONNXBody(inputs: inputs, outputs: outputs, nodes: nodes)
    }

    /// An activation that FusedConv applies to the value `x`.
    private static func activation(
        _ name: String?, _ parameters: [Float], of x: String, opset: Int
    ) throws -> [Onnx_NodeProto] {
        let names: [String]
        switch name {
        case nil: return []
        case "Relu", "Sigmoid", "Tanh": names = []
        case "Silu":
            return [.make("Sigmoid", [x], ["gate"]), .make("Mul", [x, "gate"], ["activated"])]
        case "LeakyRelu": names = ["alpha"]
        case "HardSigmoid": names = ["alpha", "beta"]
        case "Clip": names = ["min", "max"]
        case let other?:
            throw DeeperError(.unsupported, "activation \(other.quotedForMessage) of FusedConv")
        }
        guard let name, parameters.count == names.count else {
            throw DeeperError(
                .invalidModel,
                "\(parameters.count) activation_params, \(name ?? "the activation") takes \(names.count)")
        }
        if name == "Clip", opset >= 11 {
            let bounds = zip(names, parameters).map { Onnx_NodeProto.constant($0, $1) }
            return bounds + [.make(name, [x] + names, ["activated"])]
        }
        return [.make(name, [x], ["activated"], zip(names, parameters).map { .make($0, $1) })]
    }
}

extension Onnx_NodeProto {
    /// The name of an input; empty if it is left out.
    fileprivate func inputName(_ index: Int) -> String { index < input.count ? input[index] : "" }
    fileprivate func outputName(_ index: Int) -> String { index < output.count ? output[index] : "" }
}

extension [Onnx_AttributeProto] {
    /// The string of an attribute, if there is one.
    fileprivate func text(_ name: String) -> String? {
        first { $0.name == name }.map { String(decoding: $0.s, as: UTF8.self) }
    }
}

extension [Onnx_NodeProto] {
    /// The nodes with the last one's output renamed.
    fileprivate func making(_ name: String) -> [Onnx_NodeProto] {
        var nodes = self
        nodes[nodes.count - 1].output = [name]
        return nodes
    }
}
