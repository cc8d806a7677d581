internal import DeeperGraphs
internal import DeeperZoo

/// The example that an article about the paper calculates: the 5x5 branch of inception (3a), naive and reduced.
///
/// The input has 28 x 28 pixels of 192 channels, and there are 32 filters of 5x5. In the reduced form, a 1x1
/// convolution first reduces the input to 16 channels.
public struct WorkedExample: Sendable, Codable {
    /// Multiply-accumulates of the 5x5 convolution on all channels.
    public let naive: Int
    /// Multiply-accumulates of the 1x1 convolution.
    public let reduction: Int
    /// Multiply-accumulates of the 5x5 convolution on the output of the 1x1 convolution.
    public let convolution: Int
    public var reduced: Int { reduction + convolution }

    /// Counts with the ledgers of the two forms of the module.
    public init() throws {
        func macs(_ form: InceptionForm, _ layer: String) throws -> Int {
            let module = InceptionModule(
                name: "inception_3a", filters: .inception3a, form: form, inputChannels: 192, height: 28, width: 28)
            return try module.graph(weights: .zeros).operationRows()
                .first { $0.name == "inception_3a/\(layer)" }?.macCount ?? 0
        }
        naive = try macs(.naive, "5x5")
        reduction = try macs(.reduced, "5x5_reduce")
        convolution = try macs(.reduced, "5x5")
    }

    enum CodingKeys: String, CodingKey {
        case naive, reduction, convolution
    }
}
