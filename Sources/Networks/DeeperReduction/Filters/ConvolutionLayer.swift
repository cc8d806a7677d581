internal import DeeperGraphs
internal import DeeperTensors

/// A convolution that can be factored: one group, two spatial axes, constant weights.
public struct ConvolutionLayer: Sendable {
    public let name: String
    /// The node's index in its graph.
    let index: Int
    let operation: Conv
    let weightShape: Shape
    /// The values that the node reads and computes.
    let input: ValueID
    let output: ValueID
    let filters: Int
    let channels: Int
    let height: Int
    let width: Int
    /// Attributes of the node: strides, pads or auto_pad, dilations.
    let strides: [Int]
    let dilations: [Int]
    let pads: [Int]
    let autoPad: AutoPad
    let opset: Int
    /// The number of pixels of the input, of the output, and of an intermediate result with output rows and input
    /// columns, for one image.
    let inputPixels: Int
    let outputPixels: Int
    let middlePixels: Int

    var taps: Int { height * width }
    /// Multiply-accumulates for one image.
    public var macs: Int { saturatingProduct(outputPixels, filters, channels, taps) }

    /// Nil if the node is not such a convolution.
    init?(_ graph: Graph, _ index: Int, _ types: InferredTypes) {
        let node = graph.nodes[index]
        guard let conv = node.operation as? Conv, conv.groups == 1, let form = node.form,
            let input = node.inputs[0], let output = node.outputs[0],
            let weights = node.inputs[1].flatMap({ graph.constants[$0] }), weights.shape.rank == 4,
            let x = types.knownType(input)?.shape, let y = types.knownType(output)?.shape
        else { return nil }
        name = node.name
        self.index = index
        (operation, weightShape, self.input, self.output) = (conv, weights.shape, input, output)
        (filters, channels) = (weights.shape[0], weights.shape[1])
        (height, width) = (weights.shape[2], weights.shape[3])
        strides = conv.window.strides ?? [1, 1]
        dilations = conv.window.dilations ?? [1, 1]
        pads = conv.window.pads.flatMap { $0.isEmpty ? nil : $0 } ?? [0, 0, 0, 0]
        autoPad = conv.window.autoPad
        opset = form.opset
        inputPixels = saturatingProduct(x[2], x[3])
        outputPixels = saturatingProduct(y[2], y[3])
        middlePixels = saturatingProduct(y[2], x[3])
        // The counts of larger layers and of their parts could overflow.
        guard channels > 0, macs < ConvolutionLayer.mostMACs,
            saturatingProduct(max(inputPixels, middlePixels), channels, height) < ConvolutionLayer.mostMACs
        else { return nil }
    }

    private static let mostMACs = 1 << 50

    /// Multiply-accumulates of the factored layer for one image.
    public func macs(_ method: ReductionMethod, ranks: [Int]) -> Int {
        let rank = ranks[0]
        func part(_ factors: Int...) -> Int { factors.reduce(1) { saturatingProduct($0, $1) } }
        switch method {
        case .svd:
            return saturatingSum([part(rank, inputPixels, channels), part(rank, outputPixels, taps, filters)])
        case .spatial:
            return saturatingSum([
                part(rank, middlePixels, channels, height), part(rank, outputPixels, width, filters),
            ])
        case .tucker2:
            return saturatingSum([
                part(rank, inputPixels, channels), part(rank, outputPixels, taps, ranks[1]),
                part(ranks[1], outputPixels, filters),
            ])
        }
    }

    /// The largest ranks that the factors can have.
    public func fullRanks(_ method: ReductionMethod) -> [Int] {
        switch method {
        case .svd: [min(channels, taps * filters)]
        case .spatial: [min(channels * height, width * filters)]
        case .tucker2: [min(channels, taps * filters), min(filters, taps * channels)]
        }
    }

    /// The rank at which the parts have as many multiply-accumulates as the original layer; every lower rank saves
    /// some. For `tucker2`, both ranks are equal.
    public func breakEvenRank(_ method: ReductionMethod) -> Double {
        // The cost per unit of rank and, where two ranks are multiplied, per unit of its square.
        let (linear, square): (Int, Int) =
            switch method {
            case .svd, .spatial: (macs(method, ranks: [1]), 0)
            case .tucker2: (inputPixels * channels + outputPixels * filters, outputPixels * taps)
            }
        guard square > 0 else { return Double(macs) / Double(max(1, linear)) }
        let (a, b) = (Double(square), Double(linear))
        return ((b * b + 4 * a * Double(macs)).squareRoot() - b) / (2 * a)
    }

    /// - Throws: `invalidInput`, stating the numbers, for ranks that save nothing or that no factor can have.
    func check(_ method: ReductionMethod, ranks: [Int]) throws {
        let full = fullRanks(method)
        for (rank, most) in zip(ranks, full) where rank < 1 || rank > most {
            throw DeeperError(
                .invalidInput,
                "rank \(rank) for \(filters) x \(channels) x \(height) x \(width) by \(method.rawValue), "
                    + "expected 1 to \(most)")
        }
        let reduced = macs(method, ranks: ranks)
        guard reduced < macs else {
            throw DeeperError(
                .invalidInput,
                "rank \(ranks.map(String.init).joined(separator: ", ")) by \(method.rawValue) needs \(reduced) MACs, "
                    + "the layer has \(macs); the break-even rank is \((breakEvenRank(method) * 10).rounded() / 10)")
        }
    }
}
