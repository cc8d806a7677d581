/// Winograd's F(m x m, r x r): m x m outputs of an r x r kernel from (m + r - 1)^2 products (Lavin and Gray,
/// arXiv 1509.09308).
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

    /// Tiles that cover the outputs of one image.
    func tiles(_ window: WindowGeometry) -> (rows: Int, columns: Int) {
        ((window.output[1] + outputs - 1) / outputs, (window.output[2] + outputs - 1) / outputs)
    }

    /// Whether the form computes such convolutions: its kernel, at stride 1, without dilation, along two axes.
    public func applies(to shape: ConvolutionShape) -> Bool {
        let window = shape.window
        return PackedConvolutionKernel.supports(shape) && window.kernel[1] == taps && window.kernel[2] == taps
            && window.stride == SIMD3(repeating: 1) && window.dilation == SIMD3(repeating: 1)
    }

    /// Multiplications of a convolution: a tile's positions for every pair of channel and filter of a group.
    public func multiplicationCount(of shape: ConvolutionShape) -> Int {
        let tiles = tiles(shape.window)
        return shape.images * tiles.rows * tiles.columns * points * points * shape.channelsPerGroup
            * shape.outputChannels
    }

    /// G, `points` x `taps`, row-major: what turns a kernel g into G g G'. The points are 0, 1, -1, (2, -2,) infinity.
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

    /// The form to use for a convolution, nil for direct computation.
    static func chosen(for shape: ConvolutionShape, _ algorithm: ConvolutionAlgorithm) -> WinogradForm? {
        switch algorithm {
        case .direct: nil
        case .auto: best(for: shape, amongDirect: true)
        case .winograd: best(for: shape, amongDirect: false)
        }
    }

    /// The form that is fastest for one image of this shape, nil where direct computation is.
    ///
    /// By geometry of one image, so that neither batch nor threads change an answer's bits.
    private static func best(for shape: ConvolutionShape, amongDirect: Bool) -> WinogradForm? {
        // Fewer channels or filters than a register or two leave the transforms without enough products to pay them.
        if amongDirect, shape.channelsPerGroup < 16 || shape.filtersPerGroup < 16 { return nil }
        return costs(of: shape).filter { amongDirect || $0.form != nil }.min { $0.cost < $1.cost }?.form
    }

    /// What one image costs, computed directly (nil) and by each form that applies: multiply-accumulates for each pair
    /// of channel and filter, with the transforms, and the reading of the weights, which Winograd multiplies too,
    /// counted as some.
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

    /// The costs by which ``ConvolutionAlgorithm/auto`` chooses, as text; nil where there is no choice.
    static func comparison(of shape: ConvolutionShape) -> String? {
        let all = costs(of: shape)
        guard all.count > 1, let direct = all.first?.cost, direct > 0 else { return nil }
        if shape.channelsPerGroup < 16 || shape.filtersPerGroup < 16 { return "too few channels for Winograd" }
        return all.map { entry in
            let percent = (entry.cost * 100 + direct / 2) / direct
            return "\(entry.form?.rawValue ?? "direct") \(percent) %"
        }.joined(separator: ", ")
    }

    // A weight read from memory, and a value transformed there or back, in multiply-accumulates of the same time.
    private static let macsPerWeight = 16
    private static let macsPerTransformed = 12
}

extension ExecutedOperations {
    /// Of tiles, each of one channel: B' d B.
    mutating func addInputTransforms(_ tiles: Int, _ form: WinogradForm) {
        // One-dimensional transforms, of columns and of rows, by what winograd.inc does for each.
        let passes = 2 * form.points * tiles
        transformAdditions += passes * (form.points == 4 ? 4 : 12)
        transformMultiplications += passes * (form.points == 4 ? 0 : 7)
    }

    /// Of tiles, each of one filter: A' m A.
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
