import DeeperGraphs
import DeeperTensors
import DeeperZoo
import Testing

@Suite struct ModelZooTests {
    @Test func everyNameBuilds() throws {
        #expect(
            ModelZoo.names == [
                "googlenet", "googlenet-naive", "googlenet-train", "alexnet", "inception-cifar10",
                "inception-cifar10-train",
            ])
        let parameters = [6_998_552, 97_526_008, 13_378_280, 60_965_224, 948_712, 1_638_584]
        for (name, count) in zip(ModelZoo.names, parameters) {
            let network = try Measured(ModelZoo.graph(named: name, weights: .zeros))
            #expect(network.graph.name == name)
            #expect(network.parameterCount() == count, "\(name)")
        }
    }

    @Test(arguments: ModelZoo.names)
    func everyNetworkTakesAClassCount(name: String) throws {
        let network = try Measured(ModelZoo.graph(named: name, classCount: 7, weights: .zeros))
        for output in network.graph.outputs { #expect(try network.types.type(output).shape == [1, 7]) }
    }

    @Test func anotherNameIsRefusedWithTheNamesThereAre() {
        let error = #expect(throws: DeeperError.self) { _ = try ModelZoo.graph(named: "vgg16", weights: .zeros) }
        #expect(error?.code == .invalidInput)
        #expect(
            error?.description
                == "unknown network \"vgg16\"; available: googlenet, googlenet-naive, googlenet-train, alexnet, "
                + "inception-cifar10, inception-cifar10-train")
    }
}
