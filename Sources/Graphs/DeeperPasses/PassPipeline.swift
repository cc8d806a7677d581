/// The passes in the order in which they run. A list is run until it changes nothing, but at most
/// 16 times.
public enum PassPipeline {
    /// The lists that simplify a network for its run, one after the other. What is quantised comes first: folding constants
    /// would make real weights of 8-bit ones.
    public static let stages: [[any Pass.Type]] = [quantizedPasses, passes]

    /// Those that make products of 8-bit numbers of what QDQ writes as float products.
    static let quantizedPasses: [any Pass.Type] = [
        GatherConstants.self,
        DropIdentityAndDropout.self,
        FoldQuantization.self,
        SinkDequantization.self,
    ]

    public static let passes: [any Pass.Type] = [
        // Functions that were recognised, and whatever else has become simple enough.
        FoldQuantization.self,
        FoldConstants.self,
        DropIdentityAndDropout.self,
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

    /// Those that leave nodes that ONNX can express: for files.
    public static let exportPasses: [any Pass.Type] = [
        DropIdentityAndDropout.self,
        FoldBatchNormIntoConv.self,
        RemoveDeadNodes.self,
    ]

    /// Those that leave every weight a weight of the same name, and drop what inference does not need.
    public static let pruningPasses: [any Pass.Type] = [DropIdentityAndDropout.self, RemoveDeadNodes.self]

    /// Those that leave every weight a weight, and nodes that ONNX can express: for graphs that were or will be trained.
    public static let trainingPasses: [any Pass.Type] = [
        FoldConstants.self,
        FoldPadIntoWindow.self,
        FuseBiasIntoGemm.self,
        RemoveDeadNodes.self,
    ]

    /// Those that bring a network into the simplest form that ONNX can express, of opset 13 at least: what is quantised.
    public static let quantizationPasses: [any Pass.Type] = [
        UpgradeOpset.self,
        FoldConstants.self,
        DropIdentityAndDropout.self,
        FoldPadIntoWindow.self,
        FoldBatchNormIntoConv.self,
        FoldAffineIntoConv.self,
        FuseBiasIntoGemm.self,
        RemoveDeadNodes.self,
    ]

    /// Those that leave a quantised network with the operators that are computed, and any other one nearly as it is: what is
    /// counted.
    public static let countingPasses: [any Pass.Type] = quantizedPasses + [RemoveDeadNodes.self]

    /// The operators that only move numbers, which are computed on bytes where result and operand are quantised alike.
    public static let quantizableMovements = FoldQuantization.movements

    /// What a training step is planned from.
    public static let trainingPlanPasses: [any Pass.Type] = trainingPasses + [FuseClamp.self]
}
