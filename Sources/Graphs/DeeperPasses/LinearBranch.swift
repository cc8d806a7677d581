import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// A convolution with constant weights, or a batch normalisation treated as one: W x + bias, for one value x.
struct LinearBranch {
    var x: ValueID
    var groups: Int
    /// [filters, channels of a group, spatial extents...].
    var shape: Shape
    var weights: [Double]
    var bias: [Double]
    var strides: [Int]
    var dilations: [Int]
    var padBefore: [Int]
    var padAfter: [Int]

    private var filters: Int { shape[0] }
    private var channels: Int { shape[1] }
    private var spatial: [Int] { Array(shape.dimensions.dropFirst(2)) }
    private var taps: Int { spatial.reduce(1, *) }

    /// Makes the branch that a node computes; nil for another node, or if the padding depends on the picture's extent.
    ///
    /// - Parameter rank: the rank of x.
    init?(_ node: Node, rank: Int, in view: GraphView) throws {
        guard let x = node.inputs[0], (node.operation as? any ActivatingOperator)?.ending == Ending.none else {
            return nil
        }
        self.x = x
        if let norm = node.operation as? BatchNormalization {
            guard !norm.usesBatchMoments else { return nil }
            let constants = (1...4).compactMap { view.constant(node, $0) }
            guard constants.count == 4, Set(constants.map(\.shape.elementCount)).count == 1 else { return nil }
            let affine = try norm.affine(
                scale: constants[0], shift: constants[1], mean: constants[2], variance: constants[3])
            groups = affine.scale.count
            shape = Shape([groups, 1] + Array(repeating: 1, count: rank - 2))
            (weights, bias) = (affine.scale.map(Double.init), affine.shift.map(Double.init))
            (strides, dilations) = (Array(repeating: 1, count: rank - 2), Array(repeating: 1, count: rank - 2))
            (padBefore, padAfter) = (Array(repeating: 0, count: rank - 2), Array(repeating: 0, count: rank - 2))
            return
        }
        guard let conv = node.operation as? Conv, !conv.addsResidual, conv.outputFilters == nil,
            conv.window.autoPad == .notSet || conv.window.autoPad == .valid, let tensor = view.constant(node, 1),
            tensor.elementType == .float32, tensor.shape.rank == rank
        else { return nil }
        let count = rank - 2
        let pads = conv.window.autoPad == .notSet ? conv.window.pads ?? [] : []
        guard [0, 2 * count].contains(pads.count) else { return nil }
        groups = conv.groups
        shape = tensor.shape
        strides = conv.window.strides ?? Array(repeating: 1, count: count)
        dilations = conv.window.dilations ?? Array(repeating: 1, count: count)
        padBefore = pads.isEmpty ? Array(repeating: 0, count: count) : Array(pads.prefix(count))
        padAfter = pads.isEmpty ? padBefore : Array(pads.suffix(count))
        weights = try tensor.doubles()
        bias = Array(repeating: 0, count: tensor.shape[0])
        if node.inputs.count > 2, node.inputs[2] != nil {
            guard let addend = view.constant(node, 2), addend.shape.elementCount == bias.count else { return nil }
            bias = try addend.doubles()
        }
    }

    func scaled(by factor: Double) -> LinearBranch {
        var result = self
        result.weights = weights.map { $0 * factor }
        result.bias = bias.map { $0 * factor }
        return result
    }

    /// A single convolution for the sum of both; nil if there is none, or if it would need more multiplications than
    /// both together.
    func adding(_ other: LinearBranch) -> LinearBranch? {
        guard x == other.x, filters == other.filters, strides == other.strides,
            channels * groups == other.channels * other.groups
        else { return nil }
        for (large, small) in [(self, other), (other, self)] {
            guard small.groups % large.groups == 0, let offsets = large.offsets(of: small) else { continue }
            var result = large
            let (taps, smallTaps) = (large.taps, small.taps)
            for filter in 0..<filters {
                let firstChannel =
                    filter / (filters / small.groups) * small.channels - filter / (filters / large.groups)
                    * large.channels
                for channel in 0..<small.channels {
                    let to = (filter * large.channels + firstChannel + channel) * taps
                    let from = (filter * small.channels + channel) * smallTaps
                    for tap in 0..<smallTaps { result.weights[to + offsets[tap]] += small.weights[from + tap] }
                }
                result.bias[filter] += small.bias[filter]
            }
            guard large.channels * taps <= channels * self.taps + other.channels * other.taps else { continue }
            return result
        }
        return nil
    }

    /// The positions of the other window's taps among this window's taps; nil if the taps do not coincide for every
    /// extent of the picture.
    private func offsets(of other: LinearBranch) -> [Int]? {
        var places = [0]
        for axis in spatial.indices {
            let (extent, small) = (spatial[axis], other.spatial[axis])
            let step = extent > 1 ? dilations[axis] : other.dilations[axis]
            let first = padBefore[axis] - other.padBefore[axis]
            guard small == 1 || other.dilations[axis] == step, first >= 0, first % step == 0,
                first / step + small <= extent,
                padAfter[axis] - other.padAfter[axis] == (extent - small) * step - first
            else { return nil }
            places = places.flatMap { place in (0..<small).map { place * extent + first / step + $0 } }
        }
        return places
    }

    /// The node of the convolution.
    func node(named name: String, ending: Ending, output: ValueID?, _ rewrite: inout Rewrite, in view: GraphView) throws
        -> Node?
    {
        let (floats, addends) = (weights.map { Float($0) }, bias.map { Float($0) })
        guard (floats + addends).allSatisfy(\.isFinite) else { return nil }
        var conv = Conv(
            window: try WindowAttributes(strides: strides, pads: padBefore + padAfter, dilations: dilations),
            groups: groups)
        conv.ending = ending
        return Node(
            name: name, operation: conv,
            inputs: [
                x, rewrite.constant("\(name)/merged_weights", try Tensor(floats, shape: shape), in: view),
                rewrite.constant("\(name)/merged_bias", try Tensor(addends, shape: [filters]), in: view),
            ],
            outputs: [output])
    }
}
