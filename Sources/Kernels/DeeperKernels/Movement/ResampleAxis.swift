/// One axis of a separable resampling: for each output position, the input positions and their weights.
public struct ResampleAxis: Sendable {
    public var inputExtent: Int
    /// For each output position its taps; the weights already include borders and normalisation.
    public var taps: [[(index: Int, weight: Float)]]
    /// Output positions that lie outside the picture and take the extrapolation value.
    public var outside: [Bool]

    public init(inputExtent: Int, taps: [[(index: Int, weight: Float)]], outside: [Bool]) {
        self.inputExtent = inputExtent
        self.taps = taps
        self.outside = outside
    }

    /// Whether every output position is the input position of the same number.
    public var isIdentity: Bool {
        taps.count == inputExtent
            && taps.enumerated().allSatisfy { $1.count == 1 && $1[0].index == $0 && $1[0].weight == 1 }
            && !outside.contains(true)
    }
}
