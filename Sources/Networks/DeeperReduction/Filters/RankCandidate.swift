/// Ranks that a layer may get.
struct RankCandidate {
    /// Empty: the layer stays whole.
    let ranks: [Int]
    /// Multiply-accumulates of an image.
    let macs: Int
    /// The share of the outputs' energy that is lost, estimated.
    let loss: Double

    /// What is minimised over a network: the logarithm of what is kept, so that losses in a row multiply.
    var cost: Double { -max(1 - loss, 1e-12).logarithm }
}
