import DeeperKernels
public import DeeperTensors

/// What a weight of a network is to its training.
public enum ParameterRole: String, Sendable, Hashable {
    /// A convolution's filters or a fully connected layer's matrix: decays.
    case weight
    /// Added to every channel: neither decays nor needs random values at the start.
    case bias
    /// The factor and the addend of a batch normalisation.
    case scale, shift
    /// Moments that a batch normalisation keeps for inference: follow the batches, not gradients.
    case mean, variance
}

/// One weight and its place among all others.
public struct Parameter: Sendable {
    /// The constant's name in the graph.
    public let name: String
    /// ONNX's shape.
    public let shape: Shape
    public let role: ParameterRole
    /// Where its numbers lie in the memory of all weights, in training's order.
    public let range: Range<Int>
    /// Numbers that add up to one output, and that one input goes into: for random values.
    public let fanIn: Int
    public let fanOut: Int
    /// Whether gradients change it.
    public var isTrained: Bool
    let order: Order

    /// How the numbers lie, compared with ONNX's row-major order.
    enum Order: Sendable {
        case same
        /// ``FilterLayout``.
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

/// All weights of a network in one flat memory: one bucket for gradients, one for every number an optimizer remembers,
/// and one call to reduce gradients over machines.
public struct ParameterTable: Sendable {
    public private(set) var parameters: [Parameter] = []
    private var indexes: [String: Int] = [:]
    /// Floats of the memory: every weight begins at a multiple of 16.
    public private(set) var count = 0

    public subscript(name: String) -> Parameter? { indexes[name].map { parameters[$0] } }

    /// Numbers that gradients change, and that are counted as the network's.
    public var trainedCount: Int { parameters.reduce(0) { $0 + ($1.isTrained ? $1.range.count : 0) } }

    /// - Throws: `unsupported` if the constant serves in two places.
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
