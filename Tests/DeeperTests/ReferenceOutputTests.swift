import Deeper
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// The outputs that others published for real networks.
@Suite(.enabled(if: TestData.has(Models.googLeNet), Comment(rawValue: TestData.absence)))
struct ReferenceOutputTests {
    @Test(
        "GoogLeNet gives Caffe's published probabilities to 1e-5, with every provider, raw and simplified",
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)),
        arguments: [GemmChoice.openblas, .reference, .packed], [true, false])
    func caffe(gemm: GemmChoice, isOptimized: Bool) throws {
        let options = EngineOptions(threads: 2, gemm: gemm, algorithm: .direct, optimizesGraph: isOptimized)
        try expectCaffe(options, within: 1e-5)
    }

    @Test(
        "and with Winograd to 1e-4, on every instruction set",
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)),
        arguments: [ConvolutionAlgorithm.auto, .winograd], InstructionSet.available)
    func caffe(algorithm: ConvolutionAlgorithm, set: InstructionSet) throws {
        try expectCaffe(
            EngineOptions(threads: 2, gemm: .packed, algorithm: algorithm, instructionSet: set), within: 1e-4)
    }

    private func expectCaffe(_ options: EngineOptions, within tolerance: Float) throws {
        let engine = try Engine(try Models.read(Models.googLeNet), options: options)
        let input = try NPYFile.read(path: TestData.path("reference/caffe-googlenet/input_bgr.npy"))
        let expected = try NPYFile.read(path: TestData.path("reference/caffe-googlenet/googlenet_prob.npy"))
        let output = try #require(try engine.runBlocking(["data": input])["prob"])
        #expect(try largestDifference(output, expected) <= tolerance)
    }

    @Test(
        "simplified networks answer as raw ones",
        arguments: [Models.squeezeNet, Models.mobileNet, Models.resNet20, Models.mnist])
    func verify(path: String) throws {
        let model = try Models.read(path)
        for difference in try Engine.verify(model, inputs: try model.seededInputs(batch: 1, seed: 3)) {
            #expect(difference.largestAbsolute <= 1e-4 * max(1, difference.largestValue))
        }
    }

    private struct Expected: Decodable {
        struct Item: Decodable {
            let file: String
            let googLeNet: [[Double]]
            let squeezeNet: [[Double]]
            let mobileNet: [[Double]]

            enum CodingKeys: String, CodingKey {
                case file
                case googLeNet = "bvlc_googlenet"
                case squeezeNet = "squeezenet_v1.1"
                case mobileNet = "mobilenet_v1_025_224"
            }
        }
        let items: [Item]
    }

    @Test(
        "the classes and scores of 100 photographs are ONNX Runtime's",
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)), arguments: 0..<3)
    func photographs(network: Int) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: TestData.path("images/imagenet/expected_top5.json")))
        let items = try JSONDecoder().decode(Expected.self, from: data).items
        #expect(items.count == 100)
        var preprocessing = Preprocessing.caffe
        var expectations = items.map(\.googLeNet)
        if network == 1 {
            preprocessing.centreCrop = .init(width: 227, height: 227)
            expectations = items.map(\.squeezeNet)
        } else if network == 2 {
            preprocessing.channels = .rgb
            (preprocessing.scale, preprocessing.mean) = (2.0 / 255, [1, 1, 1])
            expectations = items.map(\.mobileNet)
        }
        let path = [Models.googLeNet, Models.squeezeNet, Models.mobileNet][network]
        let engine = try Engine(try Models.read(path), options: .init(threads: 2))
        var matches = 0
        for (item, expected) in zip(items, expectations) {
            let picture = try Picture(contentsOf: TestData.path("images/imagenet/" + item.file))
            let answer = try engine.classifyBlocking(batch: [picture], preprocessing: preprocessing)[0]
            if answer[0].index == Int(expected[0][0]) { matches += 1 }
            let scores = Dictionary(uniqueKeysWithValues: expected.map { (Int($0[0]), $0[1]) })
            for prediction in answer {
                guard let score = scores[prediction.index] else { continue }
                #expect(abs(Double(prediction.score) - score) < 1e-3, "\(item.file) class \(prediction.index)")
            }
        }
        #expect(matches >= 99)
    }
}
