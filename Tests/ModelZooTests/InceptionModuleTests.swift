import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Testing

@Suite struct InceptionModuleTests {
    private static func measured(_ module: InceptionModule) throws -> Measured {
        try Measured(module.graph(weights: .zeros))
    }

    @Test func theTableIsThePapers() throws {
        let rows = InceptionModule.ofGoogLeNet().map { module in
            let filters = module.filters
            return [
                filters.conv1x1, filters.reduce3x3, filters.conv3x3, filters.reduce5x5, filters.conv5x5,
                filters.poolProjection,
            ]
        }
        #expect(
            rows == [
                [64, 96, 128, 16, 32, 32], [128, 128, 192, 32, 96, 64], [192, 96, 208, 16, 48, 64],
                [160, 112, 224, 24, 64, 64], [128, 128, 256, 24, 64, 64], [112, 144, 288, 32, 64, 64],
                [256, 160, 320, 32, 128, 128], [256, 160, 320, 32, 128, 128], [384, 192, 384, 48, 128, 128],
            ])
    }

    @Test func eachModuleIsTheOneInTheNetwork() throws {
        let network = try Measured(GoogLeNet().graph(weights: .zeros))
        for module in InceptionModule.ofGoogLeNet() {
            let alone = try InceptionModuleTests.measured(module)
            #expect(alone.macCount() == network.macCount(module.name), "\(module.name)")
            #expect(alone.parameterCount() == network.parameterCount(module.name), "\(module.name)")
            #expect(alone.shape("\(module.name)/output") == network.shape("\(module.name)/output"), "\(module.name)")
            let names = network.graph.nodes.map(\.name).filter { $0.hasPrefix(module.name) }
            #expect(alone.graph.nodes.map(\.name) == names)
        }
    }

    @Test func theNaiveFormCostsItsRatio() throws {
        let ratios = [2.37, 2.81, 4.17, 4.31, 4.05, 3.64, 3.86, 5.06, 4.06]
        var sums = (naive: 0, reduced: 0)
        for (index, ratio) in ratios.enumerated() {
            let reduced = try InceptionModuleTests.measured(InceptionModule.ofGoogLeNet()[index])
            let naive = try InceptionModuleTests.measured(InceptionModule.ofGoogLeNet(.naive)[index])
            let found = Double(naive.macCount()) / Double(reduced.macCount())
            #expect((found * 100).rounded() / 100 == ratio, "\(naive.graph.name)")
            sums = (sums.naive + naive.macCount(), sums.reduced + reduced.macCount())
        }
        #expect((Double(sums.naive) / 1e6).rounded() == 3881)
        #expect((Double(sums.reduced) / 1e6).rounded() == 1104)
    }

    /// 5x5 on 192 channels at 28 x 28, the worked example: 9.7 times fewer MACs.
    @Test func the5x5BranchOf3aCostsWhatTheExampleSays() throws {
        let reduced = try InceptionModuleTests.measured(InceptionModule.ofGoogLeNet()[0])
        let naive = try InceptionModuleTests.measured(InceptionModule.ofGoogLeNet(.naive)[0])
        #expect(naive.macCount("inception_3a/5x5") == 120_422_400)
        #expect(reduced.macCount("inception_3a/5x5_reduce") == 2_408_448)
        #expect(reduced.macCount("inception_3a/5x5") == 12_443_648)
    }

    @Test func theNaiveFormPassesThePoolOnWhole() throws {
        let module = InceptionModule(
            name: "m", filters: .inception3a, form: .naive, inputChannels: 5, height: 6, width: 4)
        let measured = try InceptionModuleTests.measured(module)
        #expect(measured.shape("m/output") == [1, 64 + 128 + 32 + 5, 6, 4])
        let operators = measured.graph.nodes.map(\.operatorName)
        #expect(operators == ["Conv", "Relu", "Conv", "Relu", "Conv", "Relu", "MaxPool", "Concat"])
    }

    @Test func nonsenseIsRefused() throws {
        var module = InceptionModule.ofGoogLeNet()[0]
        module.inputChannels = 0
        #expect(try errorCode { _ = try module.graph(weights: .zeros) } == .invalidInput)
        module = InceptionModule.ofGoogLeNet()[0]
        module.filters.reduce5x5 = 0
        #expect(try errorCode { _ = try module.graph(weights: .zeros) } == .invalidInput)
        module.form = .naive
        #expect(try errorCode { _ = try module.graph(weights: .zeros) } == nil, "the naive form has no reduction")
    }
}
