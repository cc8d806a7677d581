public import Deeper
internal import DeeperAlgebra
public import DeeperGraphs
public import DeeperTensors
internal import Glibc

/// A network of 8-bit numbers in ONNX's terms: QuantizeLinear and DequantizeLinear around the operators.
public struct QuantizedNetwork: Sendable {
    /// A product with constant weights.
    public struct Layer: Sendable {
        public let name: String
        public let isQuantized: Bool
        /// What 8 bits stand for of its results, activation included; nil where they stay real.
        public let range: ValueRange?
        /// Its result in the float32 network, and what stands for it in this one.
        let original: ValueID
        let value: ValueID
    }

    /// Inputs that ratios are measured on, at most.
    private static let largestSampleCount = 32
    /// Of results that should have been the same everywhere: what is still a number as text.
    private static let largestError = 1e15

    public let graph: Graph
    /// The float32 network that it stands for, with its channels equalised.
    public let original: Graph
    /// In the network's order.
    public let layers: [Layer]

    /// The signal-to-noise ratio of each layer's results, with all quantisation before them, in decibels: the variance of
    /// the float32 network's results over the mean square of the difference.
    ///
    /// - Parameters:
    ///   - batches: inputs to run both networks on: 32 of them at most, evenly spread.
    ///   - engine: how they are run.
    /// - Returns: by the layer's name; infinity where nothing differs.
    public func signalToNoise(on batches: [[String: Tensor]], engine: EngineOptions) throws -> [String: Double] {
        let (float, quantized) = (
            try Observer(original, layers.map(\.original), engine), try Observer(graph, layers.map(\.value), engine)
        )
        var sums = layers.map { _ in DifferenceSums() }
        for batch in NetworkQuantizer.spread(batches, QuantizedNetwork.largestSampleCount) {
            for (index, (wanted, own)) in zip(try float.values(batch), try quantized.values(batch)).enumerated() {
                try sums[index].add(wanted, own)
            }
        }
        let ratios = sums.map { -20 * log10(min($0.relativeError, QuantizedNetwork.largestError)) }
        return Dictionary(zip(layers.map(\.name), ratios)) { first, _ in first }
    }
}
