public import DeeperGraphs
import DeeperTensors

/// The two forms of an Inception module: figures 2a and 2b of arXiv 1409.4842.
public enum InceptionForm: String, Sendable, CaseIterable {
    /// 1x1 convolutions narrow the input of the 3x3 and the 5x5 convolution and the output of the pooling.
    case reduced
    /// Every convolution sees all input channels, and the pooled input is passed on whole: modules in a row grow wider
    /// and wider.
    case naive
}

/// One Inception module by itself: N x C x H x W to N x K x H x W.
///
/// K is the sum of the 1x1, 3x3 and 5x5 filters and of the pool's channels: those of its projection in the reduced
/// form, all C in the naive one.
public struct InceptionModule: Sendable, Hashable {
    /// The prefix of all names, such as `inception_3a`.
    public var name: String
    public var filters: InceptionFilters
    public var form: InceptionForm
    public var inputChannels: Int
    public var height: Int
    public var width: Int

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
    /// - Throws: `invalidInput` if a count is not positive; what the weight source throws.
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

    /// The 5x5 branch by itself, from "data" to the ReLU of "`name`/5x5", with the module's weights.
    ///
    /// - Throws: as ``graph(weights:)``.
    public func branch5x5(weights: WeightSource) throws -> Graph {
        try locating(name) {
            var layers = LayerBuilder("\(name)/5x5", weights: weights)
            let data = try layers.input(channels: inputChannels, height: height, width: width)
            return try layers.finish(outputs: [try layers.branch5x5(name, data, filters, form)])
        }
    }

    /// The nine modules of GoogLeNet, each with the input it has there for pictures of 224 x 224.
    ///
    /// The naive form keeps these inputs (convention *module*): it compares modules one by one, not networks.
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

    /// The 5x5 convolution, behind its 1x1 one in the reduced form.
    mutating func branch5x5(
        _ name: String, _ input: Operand, _ filters: InceptionFilters, _ form: InceptionForm
    ) throws -> Operand {
        var x = input
        if form == .reduced { x = try convolution("\(name)/5x5_reduce", x, filters: filters.reduce5x5, kernel: 1) }
        return try convolution("\(name)/5x5", x, filters: filters.conv5x5, kernel: 5, padding: 2)
    }
}
