public import Deeper
internal import DeeperAlgebra
public import DeeperGraphs
public import DeeperTensors
internal import Glibc

/// A quantised network as ONNX represents it, with QuantizeLinear and DequantizeLinear around the operators.
public struct QuantizedNetwork: Sendable {
    /// A product with constant weights.
    public struct Layer: Sendable {
        public let name: String
        public let isQuantized: Bool
        /// The range of its results, after the activation, that 8 bits represent; nil if the results stay in float32.
        public let range: ValueRange?
        /// Its result in the float32 network, and (``value``) the corresponding value in this one.
        let original: ValueID
        let value: ValueID
    }

    /// The largest number of inputs that ratios are measured on.
    private static let largestSampleCount = 32
    /// The largest relative error, for results that should be the same everywhere, so that the ratio is a finite
    /// number.
    private static let largestError = 1e15

    public let graph: Graph
    /// The float32 network that was quantised, with its channels equalised.
    public let original: Graph
    /// The products with constant weights, in the network's order.
    public let layers: [Layer]

    /// The signal-to-noise ratio of each layer's results, with all quantisation before them, in decibels: the variance
    /// of the float32 network's results over the mean square of the difference.
    ///
    /// - Parameters:
    ///   - batches: inputs to run both networks on; at most 32 of them are used, evenly spread.
    ///   - engine: the options of the engines that run the networks.
    /// - Returns: the ratios by the layers' names; infinity if there is no difference.
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
