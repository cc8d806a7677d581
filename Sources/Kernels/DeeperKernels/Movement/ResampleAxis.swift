/// One axis of a separable resampling: for each output position, the input positions and their weights.
public struct ResampleAxis: Sendable {
    public var inputExtent: Int
    /// The taps of each output position; the weights already include borders and normalisation.
    public var taps: [[(index: Int, weight: Float)]]
    /// Tells which output positions are outside the picture and take the extrapolation value.
    public var outside: [Bool]

    public init(inputExtent: Int, taps: [[(index: Int, weight: Float)]], outside: [Bool]) {
        self.inputExtent = inputExtent
        self.taps = taps
        self.outside = outside
    }

    /// Whether every output position takes the value of the same input position.
    public var isIdentity: Bool {
        taps.count == inputExtent
            && taps.enumerated().allSatisfy { $1.count == 1 && $1[0].index == $0 && $1[0].weight == 1 }
            && !outside.contains(true)
    }
}
