internal import DeeperTensors

/// The list of all operators that deeper supports, one line each, and the function that makes an operator from a node.
public enum OperatorCatalog {
    /// The versions of ONNX's operator set that are supported.
    public static let opsets = 6...28

    static let operators: [any Operator.Type] = [
        Abs.self,
        Acos.self,
        Acosh.self,
        Add.self,
        AffineGrid.self,
        And.self,
        ArgMax.self,
        ArgMin.self,
        Asin.self,
        Asinh.self,
        Atan.self,
        Atanh.self,
        Attention.self,
        AveragePool.self,
        BatchNormalization.self,
        BitShift.self,
        BitwiseAnd.self,
        BitwiseNot.self,
        BitwiseOr.self,
        BitwiseXor.self,
        BlackmanWindow.self,
        Cast.self,
        CastLike.self,
        Ceil.self,
        Celu.self,
        CenterCropPad.self,
        Clip.self,
        Col2Im.self,
        Compress.self,
        Concat.self,
        Constant.self,
        ConstantOfShape.self,
        Conv.self,
        ConvInteger.self,
        ConvTranspose.self,
        Cos.self,
        Cosh.self,
        CumProd.self,
        CumSum.self,
        DFT.self,
        DeformConv.self,
        DepthToSpace.self,
        DequantizeLinear.self,
        Div.self,
        Dropout.self,
        DynamicQuantizeLinear.self,
        Einsum.self,
        Elu.self,
        Equal.self,
        Erf.self,
        Exp.self,
        Expand.self,
        EyeLike.self,
        Flatten.self,
        Floor.self,
        GRU.self,
        Gather.self,
        GatherElements.self,
        GatherND.self,
        Gelu.self,
        Gemm.self,
        GlobalAveragePool.self,
        GlobalLpPool.self,
        GlobalMaxPool.self,
        Greater.self,
        GreaterOrEqual.self,
        GridSample.self,
        GroupNormalization.self,
        HammingWindow.self,
        HannWindow.self,
        HardSigmoid.self,
        HardSwish.self,
        Hardmax.self,
        Identity.self,
        InstanceNormalization.self,
        IsInf.self,
        IsNaN.self,
        LRN.self,
        LSTM.self,
        LayerNormalization.self,
        LeakyRelu.self,
        Less.self,
        LessOrEqual.self,
        Log.self,
        LogSoftmax.self,
        LpNormalization.self,
        LpPool.self,
        MatMul.self,
        MatMulInteger.self,
        Max.self,
        MaxPool.self,
        MaxRoiPool.self,
        MaxUnpool.self,
        Mean.self,
        MeanVarianceNormalization.self,
        Min.self,
        Mish.self,
        Mod.self,
        Mul.self,
        Neg.self,
        NonMaxSuppression.self,
        NonZero.self,
        Not.self,
        OneHot.self,
        Or.self,
        PRelu.self,
        Pad.self,
        Pow.self,
        QLinearConv.self,
        QLinearMatMul.self,
        QuantizeLinear.self,
        RMSNormalization.self,
        RNN.self,
        RangeOperator.self,
        Reciprocal.self,
        ReduceL1.self,
        ReduceL2.self,
        ReduceLogSum.self,
        ReduceLogSumExp.self,
        ReduceMax.self,
        ReduceMean.self,
        ReduceMin.self,
        ReduceProd.self,
        ReduceSum.self,
        ReduceSumSquare.self,
        Relu.self,
        Reshape.self,
        Resize.self,
        ReverseSequence.self,
        RoiAlign.self,
        RotaryEmbedding.self,
        Round.self,
        STFT.self,
        Scatter.self,
        ScatterElements.self,
        ScatterND.self,
        Selu.self,
        ShapeOperator.self,
        Shrink.self,
        Sigmoid.self,
        Sign.self,
        SimplifiedLayerNormalization.self,
        Sin.self,
        Sinh.self,
        Size.self,
        SliceOperator.self,
        Softmax.self,
        Softplus.self,
        Softsign.self,
        SpaceToDepth.self,
        Split.self,
        Sqrt.self,
        Squeeze.self,
        Sub.self,
        Sum.self,
        Swish.self,
        Tan.self,
        Tanh.self,
        TensorScatter.self,
        ThresholdedRelu.self,
        Tile.self,
        TopK.self,
        Transpose.self,
        Trilu.self,
        Unique.self,
        Unsqueeze.self,
        Upsample.self,
        Where.self,
        Xor.self,
    ]

    /// Operators that are not part of ONNX: those that ONNX Runtime's optimiser writes.
    static let runtimeOperators: [any Operator.Type] = [
        DequantizeLinear.self,
        FastGelu.self,
        FusedMatMul.self,
        Gelu.self,
        QGemm.self,
        QLinearAdd.self,
        QLinearAveragePool.self,
        QLinearConcat.self,
        QLinearGlobalAveragePool.self,
        QLinearLeakyRelu.self,
        QLinearMul.self,
        QLinearSigmoid.self,
        QLinearSoftmax.self,
        QuantizeLinear.self,
        QuickGelu.self,
    ]

    /// The domain of ``runtimeOperators``.
    public static let runtimeDomain = "com.microsoft"

    /// Operators that are neither in ONNX nor in ONNX Runtime, and have ``deeperDomain``.
    static let deeperOperators: [any Operator.Type] = [MultiClassNonMaxSuppression.self]

    /// The domain of ``deeperOperators``. A file that uses them defines them as functions of ONNX's operators, so that
    /// other engines can run it.
    public static let deeperDomain = "deeper"

    private static let byName = Dictionary(uniqueKeysWithValues: operators.map { ($0.name, $0) })
    private static let runtimeByName = Dictionary(uniqueKeysWithValues: runtimeOperators.map { ($0.name, $0) })
    private static let deeperByName = Dictionary(uniqueKeysWithValues: deeperOperators.map { ($0.name, $0) })

    /// The names of all operators of ONNX's domain, sorted.
    public static var names: [String] { byName.keys.sorted() }

    /// Whether a domain is that of ONNX itself, which has two names.
    public static func isOwn(domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }

    /// Whether an operator of that name is supported.
    public static func knows(_ name: String, domain: String = "") -> Bool { type(name, domain) != nil }

    private static func type(_ name: String, _ domain: String) -> (any Operator.Type)? {
        if isOwn(domain: domain) { return byName[name] }
        return switch domain {
        case runtimeDomain: runtimeByName[name]
        case deeperDomain: deeperByName[name]
        default: nil
        }
    }

    /// Whether the number of a node's outputs, unused ones included, decides what the operator computes.
    public static func countsOutputs(_ name: String) -> Bool {
        byName[name]?.outputCount.upperBound == Split.outputCount.upperBound
    }

    /// Makes the operator of a node.
    ///
    /// - Throws: `unsupported` for an unknown name or domain, `invalidModel` for an opset that does not have the
    ///   operator and for attributes or numbers of operands that the operator does not allow; the breadcrumb names the
    ///   node.
    public static func make(
        _ name: String, node: String, domain: String = "", opset: Int, attributes: [String: AttributeValue],
        inputCount: Int, outputCount: Int
    ) throws -> any Operator {
        try locating("node \"\(node)\" (\(name))") {
            guard let type = type(name, domain) else {
                let full = domain.isEmpty ? name : "\(domain).\(name)"
                throw DeeperError(
                    .unsupported, "operator \(full) is not supported; supported: \(names.joined(separator: " "))")
            }
            // Other domains have version numbers of their own.
            let isOwn = isOwn(domain: domain)
            guard !isOwn || opset >= type.firstOpset else {
                throw DeeperError(
                    .invalidModel, "operator \(name) was added in opset \(type.firstOpset), the model imports \(opset)")
            }
            guard !isOwn || opset <= type.lastOpset else {
                throw DeeperError(
                    .invalidModel,
                    "operator \(name) was removed after opset \(type.lastOpset), the model imports \(opset)")
            }
            guard type.inputCount.contains(inputCount) else {
                throw DeeperError(.invalidModel, "\(inputCount) inputs, expected \(describe(type.inputCount))")
            }
            guard type.outputCount.contains(outputCount) else {
                throw DeeperError(.invalidModel, "\(outputCount) outputs, expected \(describe(type.outputCount))")
            }
            var reader = AttributeReader(opset: opset, outputCount: outputCount, attributes)
            let operation = try type.init(&reader)
            try reader.finish()
            return operation
        }
    }

    private static func describe(_ range: ClosedRange<Int>) -> String {
        range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
}
