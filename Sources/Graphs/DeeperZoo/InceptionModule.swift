public import DeeperGraphs
import DeeperTensors

/// The two forms of an Inception module: figures 2a and 2b of arXiv 1409.4842.
public enum InceptionForm: String, Sendable, CaseIterable {
    /// 1x1 convolutions narrow the input of the 3x3 and the 5x5 convolution and the output of the pooling.
    case reduced
    /// Every convolution reads all input channels, and the pooled input is passed on with all of its channels, so that
    /// successive modules grow wider and wider.
    case naive
}

/// One Inception module by itself: N x C x H x W to N x K x H x W.
///
/// K is the number of 1x1, 3x3 and 5x5 filters plus the channels of the pooling branch: those of its projection in the
/// reduced form, all C in the naive one.
public struct InceptionModule: Sendable, Hashable {
    /// The prefix of all names, such as `inception_3a`.
    public var name: String
    /// The number of filters of each convolution.
    public var filters: InceptionFilters
    /// Whether 1x1 convolutions reduce the number of channels first.
    public var form: InceptionForm
    /// C, the channels of the input.
    public var inputChannels: Int
    /// H, the height of the input in pixels.
    public var height: Int
    /// W, the width of the input in pixels.
    public var width: Int

    /// A module; extents are checked when its graph is made.
    public init(
        name: String, filters: InceptionFilters, form: InceptionForm = .reduced, inputChannels: Int, height: Int,
        width: Int
    ) {
        self.name = name
        self.filters = filters
        self.form = form
        self.inputChannels = inputChannels
        self.height = height
        self.width = width
    }

    /// The module as a graph from "data" to "`name`/output".
    ///
    /// - Throws: `invalidInput` if a count is not positive; the error of the weight source.
    public func graph(weights: WeightSource) throws -> Graph {
        try locating(name) {
            guard [inputChannels, height, width].allSatisfy({ $0 > 0 }) else {
                throw DeeperError(
                    .invalidInput, "an input of \(inputChannels) x \(height) x \(width), expected positive extents")
            }
            var layers = LayerBuilder(name, weights: weights)
            let data = try layers.input(channels: inputChannels, height: height, width: width)
            return try layers.finish(outputs: [try layers.inception(name, data, filters, form)])
        }
    }

    /// Only the 5x5 branch, from "data" to the ReLU of "`name`/5x5", with the module's weights.
    ///
    /// - Throws: as ``graph(weights:)``.
    public func branch5x5(weights: WeightSource) throws -> Graph {
        try locating(name) {
            var layers = LayerBuilder("\(name)/5x5", weights: weights)
            let data = try layers.input(channels: inputChannels, height: height, width: width)
            return try layers.finish(outputs: [try layers.branch5x5(name, data, filters, form)])
        }
    }

    /// The nine modules of GoogLeNet, each with the input that it has in the network for pictures of 224 x 224.
    ///
    /// The naive form has the same inputs (convention *module*), because this compares single modules, not networks.
    public static func ofGoogLeNet(_ form: InceptionForm = .reduced) -> [InceptionModule] {
        func module(_ suffix: String, _ filters: InceptionFilters, _ channels: Int, _ extent: Int) -> InceptionModule {
            InceptionModule(
                name: "inception_\(suffix)", filters: filters, form: form, inputChannels: channels, height: extent,
                width: extent)
        }
        return [
            module("3a", .inception3a, 192, 28),
            module("3b", .inception3b, 256, 28),
            module("4a", .inception4a, 480, 14),
            module("4b", .inception4b, 512, 14),
            module("4c", .inception4c, 512, 14),
            module("4d", .inception4d, 512, 14),
            module("4e", .inception4e, 528, 14),
            module("5a", .inception5a, 832, 7),
            module("5b", .inception5b, 832, 7),
        ]
    }
}

extension LayerBuilder {
    /// Four branches of one input, joined by channels in the order 1x1, 3x3, 5x5, pool.
    mutating func inception(
        _ name: String, _ input: Operand, _ filters: InceptionFilters, _ form: InceptionForm
    ) throws -> Operand {
        let isReduced = form == .reduced
        for count in [filters.conv1x1, filters.conv3x3, filters.conv5x5]
            + (isReduced ? [filters.reduce3x3, filters.reduce5x5, filters.poolProjection] : [])
        where count < 1 {
            throw DeeperError(.invalidInput, "\(count) filters in \(name), expected at least 1")
        }
        let ones = try convolution("\(name)/1x1", input, filters: filters.conv1x1, kernel: 1)
        var threes = input
        if isReduced { threes = try convolution("\(name)/3x3_reduce", input, filters: filters.reduce3x3, kernel: 1) }
        threes = try convolution("\(name)/3x3", threes, filters: filters.conv3x3, kernel: 3, padding: 1)
        let fives = try branch5x5(name, input, filters, form)
        var pool = try maxPool("\(name)/pool", input, stride: 1, padding: 1)
        if isReduced { pool = try convolution("\(name)/pool_proj", pool, filters: filters.poolProjection, kernel: 1) }
        return try concatenation("\(name)/output", [ones, threes, fives, pool])
    }

    /// The 5x5 convolution, after its 1x1 convolution in the reduced form.
    mutating func branch5x5(
        _ name: String, _ input: Operand, _ filters: InceptionFilters, _ form: InceptionForm
    ) throws -> Operand {
        var x = input
        if form == .reduced { x = try convolution("\(name)/5x5_reduce", x, filters: filters.reduce5x5, kernel: 1) }
        return try convolution("\(name)/5x5", x, filters: filters.conv5x5, kernel: 5, padding: 2)
    }
}
