/// A filter that computes a resized picture from its source.
public enum ResizeFilter: String, Sendable, Hashable, Codable, CaseIterable {
    /// The source pixel under the centre of each target pixel.
    case nearest
    /// A triangle that is two source pixels wide, or two target pixels where those are larger (antialiased).
    case bilinear
    /// Keys' cubic with a = -0.5, four source pixels wide, or four target pixels where those are larger (antialiased).
    case bicubic

    /// Half the width of the filter, in source or target pixels, whichever are larger.
    var support: Double {
        switch self {
        case .nearest: 0
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    /// The filter's value at a distance from its centre.
    ///
    /// The polynomials are evaluated in this order because the last bit of a weight decides the rounding of samples.
    func weight(at distance: Double) -> Double {
        let x = abs(distance)
        let a = -0.5
        switch self {
        case .nearest: return 0
        case .bilinear: return x < 1 ? 1 - x : 0
        case .bicubic:
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}
