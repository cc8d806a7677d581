/// The lists of passes for different purposes, each in the order in which the passes run. A list is repeated until it
/// changes nothing, but at most 16 times.
public enum PassPipeline {
    /// The lists that prepare a network for running, one after the other. Passes for quantised networks come first,
    /// because constant folding would turn 8-bit weights into float32 ones.
    public static let stages: [[any Pass.Type]] = [quantizedPasses, passes]

    /// The passes that replace float products between DequantizeLinear and QuantizeLinear by products of 8-bit numbers.
    static let quantizedPasses: [any Pass.Type] = [
        GatherConstants.self,
        DropIdentityAndDropout.self,
        FoldQuantization.self,
        SinkDequantization.self,
    ]

    public static let passes: [any Pass.Type] = [
        // Again, for recognised functions, and for what the other passes have simplified.
        FoldQuantization.self,
        FoldConstants.self,
        DropIdentityAndDropout.self,
        KeepChannelsFirst.self,
        // A transposition that nobody reads any more would be a second reader of a convolution.
        RemoveDeadNodes.self,
        RecogniseActivations.self,
        FoldPadIntoWindow.self,
        FoldBatchNormIntoConv.self,
        FoldAffineIntoConv.self,
        FoldAffineIntoConvTranspose.self,
        FoldBatchNormIntoMatMul.self,
        MergeParallelConvolutions.self,
        FuseBiasIntoGemm.self,
        FuseBiasIntoMatMul.self,
        FuseResidual.self,
        FuseActivation.self,
        MergeSiblingConvolutions.self,
        RemoveDeadNodes.self,
    ]

    /// The passes whose results ONNX can express: for writing files.
    public static let exportPasses: [any Pass.Type] = [
        DropIdentityAndDropout.self,
        FoldBatchNormIntoConv.self,
        RemoveDeadNodes.self,
    ]

    /// The passes that keep every weight under its name, and remove what inference does not need.
    public static let pruningPasses: [any Pass.Type] = [DropIdentityAndDropout.self, RemoveDeadNodes.self]

    /// The passes that keep weights as weights, and whose results ONNX can express: for graphs that were or will be
    /// trained.
    public static let trainingPasses: [any Pass.Type] = [
        FoldConstants.self,
        FoldPadIntoWindow.self,
        FuseBiasIntoGemm.self,
        RemoveDeadNodes.self,
    ]

    /// The passes that bring a network into the simplest form that ONNX can express in opset 13 or later: for
    /// quantising it.
    public static let quantizationPasses: [any Pass.Type] = [
        UpgradeOpset.self,
        FoldConstants.self,
        DropIdentityAndDropout.self,
        KeepChannelsFirst.self,
        RemoveDeadNodes.self,
        FoldPadIntoWindow.self,
        FoldBatchNormIntoConv.self,
        FoldAffineIntoConv.self,
        FuseBiasIntoGemm.self,
        RemoveDeadNodes.self,
    ]

    /// The passes before operations are counted: they give a quantised network the operators that are computed, and
    /// leave any other network nearly unchanged.
    public static let countingPasses: [any Pass.Type] = quantizedPasses + [RemoveDeadNodes.self]

    /// The operators that only move numbers; they work on bytes if result and operand are quantised in the same form.
    public static let quantizableMovements = FoldQuantization.movements

    /// The passes before a training step is planned.
    public static let trainingPlanPasses: [any Pass.Type] = trainingPasses + [FuseClamp.self]
}
