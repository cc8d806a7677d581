import DeeperKernels
public import DeeperTensors

/// The role of a network's weight in training.
public enum ParameterRole: String, Sendable, Hashable {
    /// A convolution's filters or a fully connected layer's matrix. It is subject to weight decay.
    case weight
    /// A number that is added to every element of a channel. It does not decay and needs no random initial values.
    case bias
    /// The factor and the addend of a batch normalisation.
    case scale, shift
    /// Moments that a batch normalisation keeps for inference. They follow the batches, not gradients.
    case mean, variance
}

/// One weight of a network and its position in the memory of all weights.
public struct Parameter: Sendable {
    /// The constant's name in the graph.
    public let name: String
    /// The shape in ONNX's order.
    public let shape: Shape
    /// What the weight does in its layer.
    public let role: ParameterRole
    /// The range of its numbers in the memory of all weights, in training's order.
    public let range: Range<Int>
    /// The number of inputs that add up to one output. Used for random initial values, as is ``fanOut``.
    public let fanIn: Int
    /// The number of outputs that one input contributes to.
    public let fanOut: Int
    /// Whether training changes it by its gradient.
    public var isTrained: Bool
    let order: Order

    /// The order of the numbers in training, compared with ONNX's row-major order.
    enum Order: Sendable {
        case same
        /// The order of ``FilterLayout``.
        case filters(outputChannels: Int, channels: Int, taps: Int)
        /// ONNX has inputs x outputs, training outputs x inputs.
        case transposed(inputs: Int, outputs: Int)
    }

    func toTraining(_ values: [Float]) -> [Float] {
        switch order {
        case .same: values
        case .filters(let filters, let channels, let taps):
            FilterLayout.fromONNX(values, outputChannels: filters, channels: channels, taps: taps)
        case .transposed(let inputs, let outputs):
            FilterLayout.fromONNX(values, outputChannels: 1, channels: inputs, taps: outputs)
        }
    }

    func toONNX(_ values: [Float]) -> [Float] {
        switch order {
        case .same: values
        case .filters(let filters, let channels, let taps):
            FilterLayout.toONNX(values, outputChannels: filters, channels: channels, taps: taps)
        case .transposed(let inputs, let outputs):
            FilterLayout.toONNX(values, outputChannels: 1, channels: inputs, taps: outputs)
        }
    }
}

/// The positions of all weights of a network in one flat memory. Gradients, and each number that an optimizer keeps per
/// weight, have the same layout, so that one call can reduce the gradients over machines.
public struct ParameterTable: Sendable {
    /// All weights, in the order of their memory.
    public private(set) var parameters: [Parameter] = []
    private var indexes: [String: Int] = [:]
    /// The number of floats of the memory. Every weight begins at a multiple of 16 floats.
    public private(set) var count = 0

    /// The weight of a name; nil if the network has none.
    public subscript(name: String) -> Parameter? { indexes[name].map { parameters[$0] } }

    /// The number of floats that gradients change, which are counted as the network's parameters.
    public var trainedCount: Int { parameters.reduce(0) { $0 + ($1.isTrained ? $1.range.count : 0) } }

    /// - Throws: `unsupported` if the constant is used in two places.
    mutating func add(
        _ name: String, _ shape: Shape, _ role: ParameterRole, fanIn: Int, fanOut: Int, isTrained: Bool,
        order: Parameter.Order = .same
    ) throws -> Parameter {
        guard indexes[name] == nil else {
            throw DeeperError(.unsupported, "weight \"\(name)\" serves in two places; training needs one for each")
        }
        let range = count..<count + shape.elementCount
        let parameter = Parameter(
            name: name, shape: shape, role: role, range: range, fanIn: fanIn, fanOut: fanOut, isTrained: isTrained,
            order: order)
        indexes[name] = parameters.count
        parameters.append(parameter)
        count = (range.upperBound + 15) / 16 * 16
        return parameter
    }
}
