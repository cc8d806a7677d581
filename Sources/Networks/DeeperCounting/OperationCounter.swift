public import DeeperGraphs
internal import DeeperTensors

/// The rules by which a paper or a tool counts operations.
///
/// For a tool, the counts are those for a network of PyTorch modules such as `nn.ReLU`, one for each node. The rules
/// were taken from the sources of fvcore 0.1.5, ptflops 0.7.5 and thop 0.1.1, and checked against their output.
public enum OperationCounter: String, Sendable, CaseIterable {
    /// Table 1 of arXiv 1409.4842: MACs of convolutions and linear layers.
    case paper
    /// `FlopCountAnalysis`, which calls MACs flops.
    case fvcore
    /// `get_model_complexity_info` with its PyTorch backend.
    case ptflops
    /// `profile`.
    case thop
    /// The "GFLOPS" that torchvision publishes with its weights: MACs.
    case torchvision

    /// The operations that the tool counts for one node.
    public func count(_ row: LedgerRow) -> Int {
        switch self {
        case .paper, .torchvision: row.operations.macs
        case .fvcore: fvcore(row)
        case .ptflops: ptflops(row)
        case .thop: thop(row)
        }
    }

    /// How the tool deviates from counting MACs, one sentence per rule.
    public var rules: [String] {
        switch self {
        case .paper, .torchvision: []
        case .fvcore:
            [
                "a batch normalisation counts 2 per element",
                "a global average pooling counts 1 per element of its input",
                "an instance normalisation counts 5 per element",
                "a nearest resize counts 1 per element of its output, a bilinear one 4, others nothing",
            ]
        case .ptflops:
            [
                "biases count 1 per output",
                "Relu, Elu, PRelu, Gelu and poolings count twice, as a module and as the function that it calls: 2 per "
                    + "element (poolings: of the input)",
                "Clip (ReLU6) and LeakyRelu count 1 per element",
                "batch and instance normalisations count 2 per element",
                "LRN counts 4 per element and its padding once, as the functions that it calls",
                "Softmax, Add, Sum of two, Mul and resizes count 1 per element",
            ]
        case .thop:
            [
                "batch and instance normalisations count 4 per element",
                "Softmax over n elements counts 3 n - 1",
                "an average pooling counts 1 per output, a global one also 1 per element of its input",
                "PRelu counts 1 per element",
                "a transposed convolution counts as if every output saw every tap",
                "a nearest resize counts 1 per element of its output, a linear one 5, bilinear 11, bicubic 259",
            ]
        }
    }

    private func fvcore(_ row: LedgerRow) -> Int {
        switch row.operatorName {
        case "BatchNormalization": saturatingProduct(2, row.inputElements)
        case "InstanceNormalization": saturatingProduct(5, row.inputElements)
        case "GlobalAveragePool": row.inputElements
        // Of linear interpolations, it counts only the bilinear one.
        case "Resize", "Upsample":
            saturatingProduct([1: 1, 4: 4][row.interpolatedTaps] ?? 0, row.outputElements)
        default: row.operations.macs
        }
    }

    private func ptflops(_ row: LedgerRow) -> Int {
        switch row.operatorName {
        case "Relu", "Elu", "PRelu", "Gelu": saturatingProduct(2, row.outputElements)
        case "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool": saturatingProduct(2, row.inputElements)
        case "BatchNormalization", "InstanceNormalization": saturatingProduct(2, row.inputElements)
        case "Clip", "LeakyRelu", "Softmax", "Add", "Mul", "Sum", "Resize", "Upsample": row.outputElements
        case "LRN": saturatingSum([saturatingProduct(4, row.inputElements), row.normalizationPadding])
        default: saturatingSum([row.operations.macs, row.operations.bias])
        }
    }

    private func thop(_ row: LedgerRow) -> Int {
        switch row.operatorName {
        case "BatchNormalization", "InstanceNormalization": saturatingProduct(4, row.inputElements)
        case "Softmax": max(0, saturatingProduct(3, row.outputElements) - row.softmaxRows)
        case "AveragePool": row.outputElements
        case "GlobalAveragePool": saturatingSum([row.inputElements, row.outputElements])
        case "PRelu": row.outputElements
        case "ConvTranspose": row.transposedTaps
        case "Resize", "Upsample":
            saturatingProduct([1: 1, 2: 5, 4: 11, 16: 259][row.interpolatedTaps] ?? 0, row.outputElements)
        default: row.operations.macs
        }
    }
}

extension LedgerRow {
    fileprivate var inputElements: Int { inputTypes.first.flatMap { $0?.shape.elementCount } ?? 0 }
    fileprivate var outputElements: Int { outputTypes.first?.shape.elementCount ?? 0 }
    /// The number of neighbours that an element is computed from: 1 nearest, 2 linear, 4 bilinear, 16 bicubic.
    fileprivate var interpolatedTaps: Int {
        outputElements == 0
            ? 1 : (operations.elementwise / outputElements + 1) / 2 + (operations.elementwise == 0 ? 1 : 0)
    }

    /// The number of rows that are normalised separately: 5 n - 2 operations each for n elements.
    fileprivate var softmaxRows: Int { (saturatingProduct(5, outputElements) - operations.softmax) / 2 }

    /// The number of zeros that pad the channels of all pixels.
    fileprivate var normalizationPadding: Int {
        guard let lrn = node.operation as? LRN, let shape = outputTypes.first?.shape, shape[1] > 0 else { return 0 }
        return saturatingProduct(lrn.size - 1, shape.elementCount / shape[1])
    }

    private func extents(_ input: Int) -> [Int] {
        (input < inputTypes.count ? inputTypes[input]?.shape.dimensions : nil) ?? []
    }

    fileprivate var transposedTaps: Int {
        let weights = extents(1)
        guard weights.count > 2, let channels = outputTypes.first?.shape[1], weights[1] > 0 else { return 0 }
        let groups = max(1, channels / weights[1])
        return weights[2...].reduce(saturatingProduct(outputElements, weights[0] / groups)) {
            saturatingProduct($0, $1)
        }
    }
}
