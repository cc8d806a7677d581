import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Testing

/// Counts of arXiv 1409.4842, table 1, computed exactly from its filters.
@Suite struct GoogLeNetTests {
    struct Row: CustomTestStringConvertible {
        let prefix: String
        let last: String
        let shape: [Int]
        let weights: Int
        let macs: Int
        var testDescription: String { prefix }
    }

    static let table: [Row] = [
        Row(prefix: "conv1", last: "conv1/relu_7x7", shape: [64, 112, 112], weights: 9_408, macs: 118_013_952),
        Row(prefix: "pool1", last: "pool1/norm1", shape: [64, 56, 56], weights: 0, macs: 0),
        Row(prefix: "conv2", last: "conv2/norm2", shape: [192, 56, 56], weights: 114_688, macs: 359_661_568),
        Row(prefix: "pool2", last: "pool2/3x3_s2", shape: [192, 28, 28], weights: 0, macs: 0),
        module("3a", [256, 28, 28], 163_328, 128_049_152),
        module("3b", [480, 28, 28], 388_096, 304_267_264),
        Row(prefix: "pool3", last: "pool3/3x3_s2", shape: [480, 14, 14], weights: 0, macs: 0),
        module("4a", [512, 14, 14], 375_552, 73_608_192),
        module("4b", [512, 14, 14], 448_512, 87_908_352),
        module("4c", [512, 14, 14], 509_440, 99_850_240),
        module("4d", [528, 14, 14], 604_672, 118_515_712),
        module("4e", [832, 14, 14], 867_328, 169_996_288),
        Row(prefix: "pool4", last: "pool4/3x3_s2", shape: [832, 7, 7], weights: 0, macs: 0),
        module("5a", [832, 7, 7], 1_042_432, 51_079_168),
        module("5b", [1024, 7, 7], 1_442_816, 70_697_984),
        Row(prefix: "pool5", last: "pool5/drop_7x7_s1", shape: [1024, 1, 1], weights: 0, macs: 0),
        Row(prefix: "loss3", last: "loss3/classifier", shape: [1000], weights: 1_024_000, macs: 1_024_000),
    ]

    private static func module(_ suffix: String, _ shape: [Int], _ weights: Int, _ macs: Int) -> Row {
        let name = "inception_\(suffix)"
        return Row(prefix: name, last: "\(name)/output", shape: shape, weights: weights, macs: macs)
    }

    @Test func everyRowOfTheTableHasItsCounts() throws {
        let network = try Measured(GoogLeNet().graph(weights: .zeros))
        for row in GoogLeNetTests.table {
            #expect(network.shape(row.last)?.dimensions == [1] + row.shape, "\(row.prefix)")
            #expect(network.weightCount(row.prefix) == row.weights, "\(row.prefix)")
            #expect(network.macCount(row.prefix) == row.macs, "\(row.prefix)")
        }
        #expect(network.weightCount() == 6_990_272)
        #expect(network.parameterCount() == 6_998_552)
        #expect(network.macCount() == 1_582_671_872)
        #expect(network.rows.count { $0.operatorName == "Conv" } == 57)
        #expect(network.rows.count { $0.operatorName == "LRN" } == 2)
    }

    @Test func theNaiveNetworkGrowsAtEveryPooling() throws {
        let network = try Measured(GoogLeNet(form: .naive).graph(weights: .zeros))
        let widths = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"].map {
            network.shape("inception_\($0)/output")?[1]
        }
        #expect(network.shape("pool2/3x3_s2")?[1] == 192)
        #expect(widths == [416, 832, 1280, 1728, 2176, 2640, 3344, 4048, 4944])
        #expect(network.shape("loss3/classifier_flat") == [1, 4944])
        #expect(network.parameterCount() == 97_526_008)
        #expect((Double(network.macCount()) / 1e6).rounded() == 12_568)
        #expect(network.rows.allSatisfy { !$0.name.contains("proj") && !$0.name.hasSuffix("5x5_reduce") })
    }

    @Test func theHeadsHaveTheirCounts() throws {
        let network = try Measured(GoogLeNet(hasAuxiliaryHeads: true).graph(weights: .zeros))
        #expect(network.shape("loss1/ave_pool") == [1, 512, 4, 4])
        #expect(network.shape("loss2/ave_pool") == [1, 528, 4, 4])
        #expect(network.parameterCount("loss1") == 3_188_840)
        #expect(network.parameterCount("loss2") == 3_190_888)
        #expect(network.macCount("loss1") == 4_169_728)
        #expect(network.macCount("loss2") == 4_202_496)
        #expect(network.parameterCount() == 13_378_280)
        #expect(network.graph.outputs.map { network.graph.name(of: $0) } == ["prob", "loss1/prob", "loss2/prob"])
        for output in network.graph.outputs { #expect(try network.types.type(output).shape == [1, 1000]) }
        #expect(network.rows.count { $0.operatorName == "Dropout" } == 3)
    }

    @Test func theClassifiersFollowTheClassCount() throws {
        let training = try Measured(GoogLeNet(hasAuxiliaryHeads: true, classCount: 10).graph(weights: .zeros))
        #expect(training.parameterCount() == 10_334_030)
        let single = try Measured(GoogLeNet(classCount: 1).graph(weights: .zeros))
        #expect(single.shape("prob") == [1, 1])
        for count in [0, -5] {
            #expect(try errorCode { _ = try GoogLeNet(classCount: count).graph(weights: .zeros) } == .invalidInput)
        }
    }

    @Test func theBatchStaysOpen() throws {
        let graph = try GoogLeNet().graph(weights: .zeros)
        #expect(graph.inputs[0].type.description == "float32[N, 3, 224, 224]")
        #expect(graph.declaredOutputs[graph.outputs[0]]?.description == "float32[N, 1000]")
        let types = try graph.inferTypes(graph.declaredTypes(batch: 5))
        #expect(try types.type(graph.outputs[0]).shape == [5, 1000])
    }

    @Test(arguments: [(47, 47), (47, 640), (64, 48), (208, 209), (299, 299)])
    func picturesMayHaveOtherExtents(height: Int, width: Int) throws {
        let network = try Measured(GoogLeNet(height: height, width: width).graph(weights: .zeros))
        #expect(network.shape("pool5/7x7_s1") == [1, 1024, 1, 1])
        #expect(network.parameterCount() == 6_998_552)
    }

    @Test func theHeadsFollowTheExtents() throws {
        let network = try Measured(
            GoogLeNet(hasAuxiliaryHeads: true, height: 320, width: 224).graph(weights: .zeros))
        #expect(network.shape("loss1/ave_pool") == [1, 512, 6, 4])
        #expect(network.shape("loss1/fc_flat") == [1, 128 * 24])
    }

    @Test(arguments: [false, true])
    func smallerPicturesAreRefused(hasHeads: Bool) throws {
        var network = GoogLeNet(hasAuxiliaryHeads: hasHeads)
        let least = network.smallestExtent
        network.height = least
        network.width = least
        let smallest = try Measured(network.graph(weights: .zeros))
        // The plane is as large as the window of the pooling that follows, and one pixel less makes it smaller.
        let (tightest, window) = hasHeads ? ("inception_4a/output", 5) : ("inception_4e/output", 3)
        var part = smallest.graph
        part.nodes.removeAll { $0.name.hasPrefix("loss") }
        #expect(smallest.shape(tightest)?[2] == window)
        let narrower = try part.shape(of: tightest, forPictures: [1, 3, least - 1, least])
        #expect(narrower?[2] == window - 1)
        network.width = least - 1
        let error = #expect(throws: DeeperError.self) { _ = try network.graph(weights: .zeros) }
        #expect(error?.code == .invalidInput)
        #expect(
            error?.description.contains("\(least) x \(least - 1) are too small, expected at least \(least)") ?? false)
    }

    @Test func absurdExtentsAreRefused() throws {
        let network = GoogLeNet(height: Int.max, width: Int.max)
        #expect(try errorCode { _ = try network.graph(weights: .zeros) } == .limitExceeded)
    }
}
