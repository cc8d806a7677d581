import DeeperGraphs
import DeeperTensors

/// A value of the network being built, and its shape for one picture.
struct Operand {
    let value: ValueID
    let shape: Shape

    /// For an activation, the extent of axis 1.
    var channels: Int { shape[1] }
}

/// Adds layers in Caffe's terms to a graph, with their weights. A node's output has the node's name.
///
/// Shapes are inferred while building, so a layer that does not fit its input is rejected immediately.
struct LayerBuilder {
    private var builder: GraphBuilder
    private let weights: WeightSource
    /// Whether there is a batch normalisation between every convolution, which then has no bias, and its ReLU.
    private let normalizes: Bool

    /// Opset 11 is the last in which Dropout's ratio is an attribute.
    init(_ graphName: String, weights: WeightSource, normalizes: Bool = false) {
        self.builder = GraphBuilder(name: graphName, opset: 11)
        self.weights = weights
        self.normalizes = normalizes
    }

    /// The input "data": float32, N x `channels` x `height` x `width` with N left open.
    mutating func input(channels: Int, height: Int, width: Int) throws -> Operand {
        let shape = try Shape(validating: [1, channels, height, width])
        let type = DeclaredType(.float32, [.symbol("N"), .fixed(channels), .fixed(height), .fixed(width)])
        return Operand(value: builder.input("data", type), shape: shape)
    }

    /// A convolution and its ReLU: N x C x H x W to N x `filters` x P x Q.
    ///
    /// - Parameter relu: the name of the ReLU; by default `a/relu_b` for a layer `a/b`.
    mutating func convolution(
        _ name: String, _ input: Operand, filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
        relu: String? = nil
    ) throws -> Operand {
        let depth = input.channels / groups
        let filterBank = try weight(
            "\(name)_w", [filters, depth, kernel, kernel], variance: 2 / Double(depth * kernel * kernel))
        let conv = Conv(
            window: try WindowAttributes(
                kernelShape: [kernel, kernel], strides: [stride, stride], pads: Array(repeating: padding, count: 4)),
            groups: groups)
        var sum: Operand
        if normalizes {
            sum = try node(conv, name, [input, filterBank])
            let moments = try [("scale", 1), ("shift", 0), ("mean", 0), ("variance", 1)].map { part, value in
                try constant("\(name)/bn_\(part)", [filters], Float(value))
            }
            sum = try node(BatchNormalization(epsilon: 1e-5), "\(name)/bn", [sum] + moments)
        } else {
            let bias = try weight("\(name)_b", [filters], variance: 0)
            sum = try node(conv, name, [input, filterBank, bias])
        }
        return try node(Relu(), relu ?? reluName(name), [sum])
    }

    /// Max pooling over squares, with the output's extents rounded up: N x C x H x W to N x C x P x Q.
    mutating func maxPool(
        _ name: String, _ input: Operand, kernel: Int = 3, stride: Int = 2, padding: Int = 0
    ) throws -> Operand {
        var attributes = windowAttributes([kernel, kernel], stride: stride, padding: padding)
        attributes["ceil_mode"] = .int(1)
        return try node("MaxPool", name, [input], attributes)
    }

    /// Average pooling, with the output's extents rounded up: N x C x H x W to N x C x P x Q.
    ///
    /// - Parameter kernel: height and width; nil means the whole plane.
    mutating func averagePool(
        _ name: String, _ input: Operand, kernel: [Int]? = nil, stride: Int = 1
    ) throws -> Operand {
        var attributes = windowAttributes(kernel ?? Array(input.shape.dimensions[2...]), stride: stride, padding: 0)
        attributes["ceil_mode"] = .int(1)
        attributes["count_include_pad"] = .int(1)
        return try node("AveragePool", name, [input], attributes)
    }

    /// Local response normalisation over 5 channels: x / (1 + 1e-4 / 5 * sum of x^2)^0.75.
    mutating func localResponseNormalization(_ name: String, _ input: Operand) throws -> Operand {
        let attributes: [String: AttributeValue] = [
            "size": .int(5), "alpha": .float(1e-4), "beta": .float(0.75), "bias": .float(1),
        ]
        return try node("LRN", name, [input], attributes)
    }

    /// The concatenation of the channels of all operands: N x (C1 + C2 + ...) x H x W.
    mutating func concatenation(_ name: String, _ inputs: [Operand]) throws -> Operand {
        try node(Concat(axis: 1), name, inputs)
    }

    /// N x C x H x W to N x CHW.
    mutating func flatten(_ name: String, _ input: Operand) throws -> Operand {
        try node("Flatten", name, [input], ["axis": .int(1)])
    }

    /// A fully connected layer and its ReLU: N x C to N x `outputs`.
    mutating func dense(_ name: String, _ input: Operand, outputs: Int, relu: String) throws -> Operand {
        try node(Relu(), relu, [try linear(name, input, outputs: outputs, gain: 2)])
    }

    /// Dropout, which does nothing at inference; in training it sets a share `ratio` of the elements to zero.
    mutating func dropout(_ name: String, _ input: Operand, ratio: Float) throws -> Operand {
        try node("Dropout", name, [input], ["ratio": .float(ratio)])
    }

    /// The softmax of a fully connected layer: N x C to N x `classCount`.
    ///
    /// - Throws: `invalidInput` unless there is at least one class.
    mutating func classifier(
        _ name: String, _ input: Operand, classCount: Int, probabilities: String
    ) throws -> Operand {
        guard classCount > 0 else { throw DeeperError(.invalidInput, "\(classCount) classes, expected at least 1") }
        let logits = try linear(name, input, outputs: classCount, gain: 1 / 1024)
        return try node("Softmax", probabilities, [logits], ["axis": .int(1)])
    }

    /// The graph with its outputs, in this order.
    mutating func finish(outputs: [Operand]) throws -> Graph {
        for output in outputs { builder.output(output.value) }
        var graph = builder.graph
        for output in outputs {
            let extents = output.shape.dimensions.dropFirst().map { DeclaredDimension.fixed($0) }
            graph.declaredOutputs[output.value] = DeclaredType(.float32, [.symbol("N")] + extents)
        }
        try graph.verify()
        return graph
    }

    /// - Parameter gain: the variance of random weights times the fan-in.
    private mutating func linear(_ name: String, _ input: Operand, outputs: Int, gain: Double) throws -> Operand {
        let matrix = try weight("\(name)_w", [outputs, input.channels], variance: gain / Double(input.channels))
        let bias = try weight("\(name)_b", [outputs], variance: 0)
        return try node(Gemm(isBTransposed: true), name, [input, matrix, bias])
    }

    private mutating func weight(_ name: String, _ extents: [Int], variance: Double) throws -> Operand {
        let shape = try Shape(validating: extents)
        let tensor = try weights.tensor(named: name, shape: shape, variance: variance)
        return Operand(value: builder.constant(name, tensor), shape: shape)
    }

    /// A weight whose initial elements all have the same value.
    private mutating func constant(_ name: String, _ extents: [Int], _ value: Float) throws -> Operand {
        let shape = try Shape(validating: extents)
        let tensor = try weights.tensor(named: name, shape: shape, filledWith: value)
        return Operand(value: builder.constant(name, tensor), shape: shape)
    }

    private mutating func node(_ operation: some Operator, _ name: String, _ inputs: [Operand]) throws -> Operand {
        let value = builder.node(operation, name, inputs.map(\.value))
        return try operand(value, of: inputs)
    }

    private mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [Operand], _ attributes: [String: AttributeValue] = [:]
    ) throws -> Operand {
        let value = try builder.node(operatorName, name, inputs.map(\.value), attributes)
        return try operand(value, of: inputs)
    }

    private func operand(_ value: ValueID, of inputs: [Operand]) throws -> Operand {
        let node = builder.graph.nodes[builder.graph.nodes.count - 1]
        let types = NodeInputs(
            types: inputs.map { TensorType(.float32, $0.shape) }, values: Array(repeating: nil, count: inputs.count))
        return Operand(value: value, shape: try locating(node.label) { try node.operation.infer(types)[0].shape })
    }
}

/// The attributes that convolutions and poolings share.
private func windowAttributes(_ kernel: [Int], stride: Int, padding: Int) -> [String: AttributeValue] {
    [
        "kernel_shape": .ints(kernel),
        "strides": .ints([stride, stride]),
        "pads": .ints(Array(repeating: padding, count: 4)),
    ]
}

/// The name of the ReLU of layer `a/b` in Caffe's GoogLeNet: `a/relu_b`.
private func reluName(_ layer: String) -> String {
    let parts = layer.split(separator: "/", maxSplits: 1)
    return parts.count == 2 ? "\(parts[0])/relu_\(parts[1])" : "relu_\(layer)"
}
