/// Winograd's F(m x m, r x r): m x m outputs of an r x r kernel are computed from (m + r - 1)^2 products (Lavin and
/// Gray, arXiv 1509.09308).
public enum WinogradForm: String, Sendable, CaseIterable {
    case f2x3 = "F(2x2,3x3)"
    case f4x3 = "F(4x4,3x3)"
    case f2x5 = "F(2x2,5x5)"

    /// m.
    public var outputs: Int { self == .f4x3 ? 4 : 2 }
    /// r.
    public var taps: Int { self == .f2x5 ? 5 : 3 }
    /// m + r - 1.
    public var points: Int { outputs + taps - 1 }

    /// The number of tiles, in rows and columns, that cover the outputs of one image.
    func tiles(_ window: WindowGeometry) -> (rows: Int, columns: Int) {
        ((window.output[1] + outputs - 1) / outputs, (window.output[2] + outputs - 1) / outputs)
    }

    /// Whether the form can compute a convolution: it needs the form's kernel extent, stride 1, no dilation, and two
    /// axes.
    public func applies(to shape: ConvolutionShape) -> Bool {
        let window = shape.window
        return PackedConvolutionKernel.supports(shape) && window.kernel[1] == taps && window.kernel[2] == taps
            && window.stride == SIMD3(repeating: 1) && window.dilation == SIMD3(repeating: 1)
    }

    /// The multiplications of a convolution: a tile's positions for every pair of channel and filter of a group.
    public func multiplicationCount(of shape: ConvolutionShape) -> Int {
        let tiles = tiles(shape.window)
        return shape.images * tiles.rows * tiles.columns * points * points * shape.channelsPerGroup
            * shape.outputChannels
    }

    /// The matrix G, `points` x `taps`, row-major, which transforms a kernel g into G g G'. The points are 0, 1, -1,
    /// (2, -2,) infinity.
    var weightTransform: [Double] {
        let finite: [(point: Double, scale: Double)] =
            points == 4
            ? [(0, 1), (1, 0.5), (-1, 0.5)]
            : [(0, 0.25), (1, -1.0 / 6), (-1, -1.0 / 6), (2, 1.0 / 24), (-2, 1.0 / 24)]
        return finite.flatMap { entry in
            var power = entry.scale
            return (0..<taps).map { _ in
                defer { power *= entry.point }
                return power
            }
        } + (0..<taps).map { $0 == taps - 1 ? 1 : 0 }
    }

    /// The form to use for a convolution; nil for direct computation.
    static func chosen(for shape: ConvolutionShape, _ algorithm: ConvolutionAlgorithm) -> WinogradForm? {
        switch algorithm {
        case .direct: nil
        case .auto: best(for: shape, amongDirect: true)
        case .winograd: best(for: shape, amongDirect: false)
        }
    }

    /// The form that is estimated to be fastest for one image of this shape; nil if direct computation is.
    ///
    /// It depends on the geometry of one image only, so that neither batch nor threads change the bits of a result.
    private static func best(for shape: ConvolutionShape, amongDirect: Bool) -> WinogradForm? {
        // With fewer channels or filters than fill a register or two, there are too few products to make up for the
        // transforms.
        if amongDirect, shape.channelsPerGroup < 16 || shape.filtersPerGroup < 16 { return nil }
        return costs(of: shape).filter { amongDirect || $0.form != nil }.min { $0.cost < $1.cost }?.form
    }

    /// The estimated costs of one image, computed directly (nil) and by each form that applies, in multiply-accumulates
    /// for each pair of channel and filter. Transforms and the reading of weights, of which Winograd has more, are
    /// counted as equivalent multiply-accumulates.
    static func costs(of shape: ConvolutionShape) -> [(form: WinogradForm?, cost: Int)] {
        let window = shape.window
        let direct = window.outputPixels * window.taps + window.taps * macsPerWeight
        return [(nil, direct)]
            + WinogradForm.allCases.filter { $0.applies(to: shape) }.map { form in
                let tiles = form.tiles(window)
                let positions = form.points * form.points
                let products = tiles.rows * tiles.columns * positions
                // Both transforms touch every position of every tile.
                let transforms =
                    products * macsPerTransformed / max(1, shape.filtersPerGroup)
                    + products * macsPerTransformed / max(1, shape.channelsPerGroup)
                return (form, products + transforms + positions * macsPerWeight)
            }
    }

    /// The costs by which ``ConvolutionAlgorithm/auto`` chooses, as text; nil if there is no choice.
    static func comparison(of shape: ConvolutionShape) -> String? {
        let all = costs(of: shape)
        guard all.count > 1, let direct = all.first?.cost, direct > 0 else { return nil }
        if shape.channelsPerGroup < 16 || shape.filtersPerGroup < 16 { return "too few channels for Winograd" }
        return all.map { entry in
            let percent = (entry.cost * 100 + direct / 2) / direct
            return "\(entry.form?.rawValue ?? "direct") \(percent) %"
        }.joined(separator: ", ")
    }

    // The costs of a weight that is read from memory, and of a value that is transformed in either direction, as the
    // number of multiply-accumulates that take the same time.
    private static let macsPerWeight = 16
    private static let macsPerTransformed = 12
}

extension ExecutedOperations {
    /// Adds the input transforms B' d B of tiles, each of one channel.
    mutating func addInputTransforms(_ tiles: Int, _ form: WinogradForm) {
        // One-dimensional transforms of columns and of rows, with the operations that winograd.inc needs for each.
        let passes = 2 * form.points * tiles
        transformAdditions += passes * (form.points == 4 ? 4 : 12)
        transformMultiplications += passes * (form.points == 4 ? 0 : 7)
    }

    /// Adds the output transforms A' m A of tiles, each of one filter.
    mutating func addOutputTransforms(_ tiles: Int, _ form: WinogradForm) {
        let passes = (form.points + form.outputs) * tiles
        let (additions, multiplications) =
            switch form {
            case .f2x3: (4, 0)
            case .f2x5: (8, 1)
            case .f4x3: (10, 3)
            }
        transformAdditions += passes * additions
        transformMultiplications += passes * multiplications
    }
}
