internal import DeeperAlgebra
public import Deeper
internal import DeeperGraphs
public import DeeperTensors

/// Inputs that are like those that a network will be used on.
public struct Calibration: Sendable {
    /// Runs of the network: its inputs by name, images along the first axis.
    public let batches: [[String: Tensor]]
    /// The options of the engines that run the network.
    public let options: EngineOptions
    /// The largest number of windows of a layer that are used.
    public let windowLimit: Int

    /// - Throws: `invalidInput` if there is no batch.
    public init(batches: [[String: Tensor]], options: EngineOptions, windowLimit: Int = 24_576) throws {
        guard !batches.isEmpty else { throw DeeperError(.invalidInput, "no pictures to calibrate with") }
        self.batches = batches
        self.options = options
        self.windowLimit = windowLimit
    }

    /// The moments of a layer's windows.
    ///
    /// - Parameter reduced: the network in which the layer reads its inputs; nil: the original network.
    func moments(of layer: ConvolutionLayer, in reduced: Graph?, original: Graph) throws -> InputMoments {
        let originals = try WindowSampler(layer, of: original, options)
        let reduced = try reduced.map { try WindowSampler(layer, of: $0, options) }
        var sums = try MomentSums(extent: layer.taps * layer.channels)
        var generator = SeededGenerator(seed: 1)
        for batch in batches {
            let seed = generator.next()
            let limit = max(1, windowLimit / batches.count)
            let windows = try originals.windows(batch, limit: limit, seed: seed)
            if let reduced {
                try sums.add(reduced.windows(batch, limit: limit, seed: seed), windows)
            } else {
                try sums.add(windows, nil)
            }
        }
        return sums.moments
    }
}

/// Runs a network up to a convolution and extracts windows from the convolution's input.
private struct WindowSampler {
    private let layer: ConvolutionLayer
    private let engine: Engine

    init(_ layer: ConvolutionLayer, of graph: Graph, _ options: EngineOptions) throws {
        self.layer = layer
        var part = graph
        part.outputs = [layer.input]
        part.declaredOutputs = [:]
        engine = try Engine(Model(graph: part), options: options)
    }

    /// Windows, one per row, with columns in the order (tap row, tap column, channel). The same seed gives the same
    /// positions.
    func windows(_ batch: [String: Tensor], limit: Int, seed: UInt64) throws -> Matrix {
        guard let tensor = try engine.runBlocking(batch).values.first else {
            throw DeeperError(.internalFault, "the layer's input is not there")
        }
        let geometry = try layer.operation.geometry(input: tensor.shape, weights: layer.weightShape)
        let values = try tensor.elements(as: Float.self)
        let (channels, pixels) = (layer.channels, geometry.inputPixels)
        var generator = SeededGenerator(seed: seed)
        let places = generator.places(below: tensor.shape[0] * geometry.outputPixels, limit: limit)
        var result = Matrix(rows: places.count, columns: layer.taps * channels)
        for (line, place) in places.enumerated() {
            let (image, pixel) = (place / geometry.outputPixels, place % geometry.outputPixels)
            for tap in 0..<layer.taps {
                guard let source = geometry.inputPixel(ofOutput: pixel, tap: tap) else { continue }
                let target = line * result.columns + tap * channels
                for channel in 0..<channels {
                    result.values[target + channel] = values[(image * channels + channel) * pixels + source]
                }
            }
        }
        return result
    }
}
