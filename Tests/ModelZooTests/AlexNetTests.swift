import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Testing

@Suite struct AlexNetTests {
    @Test func itHasItsCounts() throws {
        let network = try Measured(AlexNet().graph(weights: .zeros))
        #expect(network.parameterCount() == 60_965_224)
        let macs = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"].map { network.macCount($0) }
        #expect(
            macs == [
                105_415_200, 223_948_800, 149_520_384, 112_140_288, 74_760_192, 37_748_736, 16_777_216, 4_096_000,
            ])
        #expect(network.macCount() == 724_406_816)
    }

    @Test func itsLayersHaveCaffesShapes() throws {
        let network = try Measured(AlexNet().graph(weights: .zeros))
        let shapes: [String: Shape] = [
            "conv1": [1, 96, 55, 55], "pool1": [1, 96, 27, 27], "conv2": [1, 256, 27, 27], "pool2": [1, 256, 13, 13],
            "conv5": [1, 256, 13, 13], "pool5": [1, 256, 6, 6], "fc6_flat": [1, 9216], "fc6": [1, 4096],
            "prob": [1, 1000],
        ]
        for (name, shape) in shapes { #expect(network.shape(name) == shape, "\(name)") }
        let names = network.graph.nodes.map(\.name)
        #expect(names.prefix(8) == ["conv1", "relu1", "norm1", "pool1", "conv2", "relu2", "norm2", "pool2"])
        let grouped = network.graph.nodes.filter { ($0.operation as? Conv)?.groups == 2 }
        #expect(grouped.map(\.name) == ["conv2", "conv4", "conv5"])
    }

    @Test func theClassifierFollowsTheClassCount() throws {
        let network = try Measured(AlexNet(classCount: 10).graph(weights: .zeros))
        #expect(network.parameterCount() == 60_965_224 - 990 * 4097)
        #expect(try errorCode { _ = try AlexNet(classCount: 0).graph(weights: .zeros) } == .invalidInput)
    }
}
