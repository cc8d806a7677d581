import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperQuantization

@Suite("ranges") struct RangeTests {
    /// 100,000 numbers within -1...1 and one outlier.
    private func histogram() throws -> Histogram {
        var generator = SeededGenerator(seed: 1)
        let values = generator.floats(100_000).map { $0 * $0 * $0 } + [40]
        var histogram = Histogram(ValueRange(lower: -1, upper: 40))
        try histogram.add(try Tensor(values, shape: [values.count]))
        return histogram
    }

    @Test("an outlier decides the range by min-max only") func outlier() throws {
        let histogram = try histogram()
        #expect(RangeMethod.minMax.range(histogram) == ValueRange(lower: -1, upper: 40))
        for method in [RangeMethod.percentile, .kl] {
            let range = method.range(histogram)
            #expect(range.lower >= -1.1 && range.lower < -0.8, "\(method) \(range)")
            #expect(range.upper > 0.8 && range.upper < 25, "\(method) \(range)")
        }
        // Cutting one number of 40 off costs more than coarser steps for all others.
        #expect(RangeMethod.mse.range(histogram).upper > 30)
    }

    @Test("the least squared error is the least of all candidates") func squaredError() throws {
        var generator = SeededGenerator(seed: 2)
        let values = generator.floats(50_000).map { value in value * value * value * value * value * 4 }
        var histogram = Histogram(ValueRange(lower: -4, upper: 4))
        try histogram.add(try Tensor(values, shape: [values.count]))
        func error(_ range: ValueRange) -> Double {
            let scale = ByteScale(range)
            return values.reduce(0) { sum, value in
                let stored = (value / scale.scale).rounded(.toNearestOrEven) + Float(scale.zeroPoint)
                let back = (min(max(stored, 0), 255) - Float(scale.zeroPoint)) * scale.scale
                return sum + Double(back - value) * Double(back - value)
            }
        }
        let chosen = error(RangeMethod.mse.range(histogram))
        #expect(chosen <= error(ValueRange(lower: -4, upper: 4)) * 1.02)
        #expect(chosen <= error(ValueRange(lower: -2, upper: 2)) * 1.02)
    }

    @Test("0 is stored exactly, and a range of nothing has a scale") func zero() {
        for (lower, upper) in [(-1.0, 3.0), (0.0, 6.0), (-5.0, 0.0), (-0.1, 100.0), (0.0, 0.0), (0.0, 1e-30)] {
            let scale = ByteScale(ValueRange(lower: Float(lower), upper: Float(upper)))
            #expect(scale.scale > 0 && scale.scale.isFinite)
            #expect(scale.range.lower <= 0 && scale.range.upper >= 0)
            let slack = scale.scale * 0.51
            if upper > 1e-20 || lower < 0 {
                #expect(
                    abs(scale.range.lower - Float(lower)) <= slack && abs(scale.range.upper - Float(upper)) <= slack)
            }
        }
    }

    @Test("a value that is 0 everywhere has a range of nothing", arguments: RangeMethod.allCases)
    func nothing(method: RangeMethod) throws {
        var histogram = Histogram(ValueRange(lower: 0, upper: 0))
        try histogram.add(try Tensor([0, 0, 0] as [Float], shape: [3]))
        #expect(method.range(histogram) == ValueRange(lower: 0, upper: 0))
    }

    @Test("where axis 1 changes its length, there is one channel") func variableAxis() throws {
        var statistics = ChannelStatistics([1, 2, 2])
        try statistics.add(try Tensor([1, -2, 3, 4] as [Float], shape: [1, 2, 2]))
        try statistics.add(try Tensor([5, -6, 7, 8, 9, 10] as [Float], shape: [1, 3, 2]))
        #expect(statistics.least == [-6] && statistics.most == [10])
    }

    @Test("statistics are those of each channel") func channels() throws {
        let tensor = try Tensor([1, -2, 3, 4, 5, 6, -7, 8] as [Float], shape: [2, 2, 2])
        var statistics = ChannelStatistics(tensor.shape)
        try statistics.add(tensor)
        #expect(statistics.least == [-2, -7] && statistics.most == [6, 8])
        #expect(statistics.magnitudes == [6, 8])
        #expect(statistics.range == ValueRange(lower: -7, upper: 8))
        statistics.scale(by: [2], from: 1)
        #expect(statistics.least == [-2, -14] && statistics.most == [6, 16])
    }
}
