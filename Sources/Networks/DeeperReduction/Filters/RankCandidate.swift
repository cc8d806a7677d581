/// Possible ranks for a layer, with their costs.
struct RankCandidate {
    /// Empty if the layer is not factored.
    let ranks: [Int]
    /// Multiply-accumulates for one image.
    let macs: Int
    /// The share of the outputs' energy that is lost, estimated.
    let loss: Double

    /// The cost whose sum over a network is minimised: the negative logarithm of the share that is kept, because the
    /// shares of successive layers multiply.
    var cost: Double { -max(1 - loss, 1e-12).logarithm }
}
