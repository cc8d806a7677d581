internal import DeeperAlgebra
internal import DeeperGraphs
internal import DeeperKernels
internal import DeeperTensors

/// The means and covariances of the numbers that a product multiplies, over calibration inputs, in the quantised and
/// the float32 network. There are moments for each group of a convolution, in the order of ``WeightMatrix``'s terms.
struct WindowMoments {
    private var sums: [MomentSums]
    private let operation: Conv?
    private let weights: WeightMatrix
    private var generator = SeededGenerator(seed: 1)
    private(set) var windowCount = 0

    init(_ node: Node, _ weights: WeightMatrix) throws {
        operation = node.operation as? Conv
        self.weights = weights
        sums = try (0..<weights.groups).map { _ in try MomentSums(extent: weights.terms.count) }
    }

    /// The number of bytes that the moments for these weights take.
    static func byteCount(_ weights: WeightMatrix) -> Int {
        saturatingProduct(8, weights.groups, weights.terms.count, weights.terms.count)
    }

    /// The moments of each group.
    var moments: [InputMoments] { sums.map(\.moments) }

    /// Adds at most `limit` windows of the product's operand, at randomly drawn positions.
    ///
    /// - Parameters:
    ///   - own: the operand in the quantised network.
    ///   - original: the operand in the float32 network.
    mutating func add(_ own: Tensor, _ original: Tensor, limit: Int) throws {
        guard own.shape == original.shape else {
            throw DeeperError(.internalFault, "shapes \(own.shape) and \(original.shape)")
        }
        let geometry = try operation.map { try $0.geometry(input: own.shape, weights: weights.shape) }
        let count =
            geometry.map { own.shape[0] * $0.outputPixels } ?? own.shape.elementCount / max(1, weights.terms.count)
        let places = generator.places(below: count, limit: limit)
        let values = (try own.elements(as: Float.self), try original.elements(as: Float.self))
        for group in 0..<weights.groups {
            try sums[group].add(
                windows(values.0, places, group, geometry), windows(values.1, places, group, geometry))
        }
        windowCount += places.count
    }

    private func windows(_ values: [Float], _ places: [Int], _ group: Int, _ geometry: WindowGeometry?) -> Matrix {
        let terms = weights.terms.count
        guard let geometry else {
            // Rows of a matrix.
            return Matrix(
                rows: places.count, columns: terms, places.flatMap { values[$0 * terms..<($0 + 1) * terms] })
        }
        var windows = Matrix(rows: places.count, columns: terms)
        let (channels, pixels) = (weights.channelsPerGroup, geometry.inputPixels)
        for (line, place) in places.enumerated() {
            let (image, pixel) = (place / geometry.outputPixels, place % geometry.outputPixels)
            let plane = image * weights.channelCount + group * channels
            for tap in 0..<weights.tapCount {
                guard let source = geometry.inputPixel(ofOutput: pixel, tap: tap) else { continue }
                for channel in 0..<channels {
                    windows.values[line * terms + channel * weights.tapCount + tap] =
                        values[(plane + channel) * pixels + source]
                }
            }
        }
        return windows
    }
}
