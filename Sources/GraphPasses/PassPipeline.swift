/// The passes in the order in which they run. The list is run until it changes nothing, but at most
/// 16 times.
public enum PassPipeline {
    public static let passes: [any Pass.Type] = [
        FoldConstants.self,
        DropIdentityAndDropout.self,
        FoldPadIntoWindow.self,
        FoldBatchNormIntoConv.self,
        FoldAffineIntoConv.self,
        FuseBiasIntoGemm.self,
        FuseResidual.self,
        FuseActivation.self,
        MergeSiblingConvolutions.self,
        WriteConcatInPlace.self,
        RemoveDeadNodes.self,
    ]
}
