#if Server
import Deeper
import DeeperGraphs
import DeeperImaging
import DeeperInferenceProtocol
import DeeperTensors
import DeeperZoo
import Testing

@testable import DeeperModelServing

/// How pictures of a served model are prepared and what its classes are called.
struct ServedClassifierTests {
    private func classifier(labels: [String]? = nil, preprocessing: Preprocessing? = nil) throws -> Model {
        Model(
            graph: try ModelZoo.graph(named: "inception-cifar10", classCount: 5, weights: .seeded(1)), labels: labels,
            preprocessing: preprocessing)
    }

    @Test("the model's own are taken unless the source has others")
    func precedence() throws {
        let (mine, yours) = ((0..<5).map { "m\($0)" }, (0..<5).map { "y\($0)" })
        let own = try classifier(labels: mine, preprocessing: .torchvision)
        var source = ModelSource(name: "m", path: "m")
        var found = try ServedClassifier(source, own)
        #expect(found.preprocessing == .torchvision && found.labels == mine && found.pictureLabels == mine)
        #expect(found.notes == ["labels and preprocessing from the model"])
        (source.preprocessing, source.labels) = (.raw, yours)
        found = try ServedClassifier(source, own)
        let raw = Preprocessing.raw.fitted(to: Extent(width: 32, height: 32))
        #expect(found.preprocessing == raw && found.labels == yours && found.notes.isEmpty)
    }

    @Test("labels that are not one for each class are refused when the model loads")
    func count() throws {
        var source = ModelSource(name: "m", path: "m")
        source.labels = ["a"]
        let error = #expect(throws: DeeperError.self) { try ServedClassifier(source, classifier()) }
        #expect(error?.description == "labels of model \"m\": 1 labels for 5 classes")
        #expect(throws: DeeperError.self) { try ServedClassifier(source, inceptionModule()) }
    }

    @Test("a picture's classes come from a row of scores; a network without one is refused by name, output and type")
    func scores() async throws {
        let served = try Fixture(model: try classifier(labels: ["a", "b", "c", "d", "e"]))
        let answer = try await served.scheduler.run(served.request(seed: 1, rows: 1), on: served.model)
        let predictions = try answer.predictions(of: served.model, top: 2)
        #expect(predictions.count == 2 && predictions[0].label == ["a", "b", "c", "d", "e"][predictions[0].index])

        let other = try Fixture(model: try inceptionModule())
        let maps = try await other.scheduler.run(other.request(seed: 1), on: other.model)
        let error = #expect(throws: DeeperError.self) { try maps.predictions(of: other.model, top: 2) }
        #expect(error?.code == .invalidInput)
        #expect(error?.description.contains("model \"m\": the model is no classifier: its output is \"") == true)
        #expect(error?.description.contains(" float32[1, 256, 7, 7]") == true)
    }

    @Test("a request cannot replace a value of the model's file, which others that are run with it would get")
    func initializers() throws {
        let module = InceptionModule(
            name: "inception_3a", filters: .inception3a, form: .reduced, inputChannels: 3, height: 7, width: 7)
        var graph = try module.graph(weights: .seeded(7))
        let (value, bias) = try #require(
            graph.constants.filter { $0.value.shape.rank == 1 }.min { $0.key.index < $1.key.index })
        let name = graph.name(of: value)
        let dimensions = bias.shape.dimensions.map { DeclaredDimension.fixed($0) }
        graph.inputs.append(GraphInput(value: value, type: DeclaredType(.float32, dimensions)))
        let fixture = try Fixture(model: Model(graph: graph))
        var request = try fixture.request(seed: 1)
        #expect(try fixture.model.rows(of: request) == 1)
        request.inputs.append(try .init(name: name, elementType: .float32, shape: bias.shape, content: bias.inMemory()))
        let error = #expect(throws: ServingError.self) { try fixture.model.rows(of: request) }
        #expect(error?.kind == .badRequest && "\(error?.message ?? "")".contains(name))
    }

    @Test("what neither source nor model says is assumed with a note, for the extent of the model")
    func assumed() throws {
        let found = try ServedClassifier(ModelSource(name: "m", path: "m"), try inceptionModule(channels: 3))
        #expect(found.preprocessing == Preprocessing.caffe.fitted(to: Extent(width: 7, height: 7)))
        #expect(found.labels == nil && found.pictureLabels == nil)
        #expect(found.notes.count == 1 && found.notes[0].contains("assuming preset caffe"))
    }

    @Test("an input of N x H x W x C takes pictures; one that may be either is taken for N x C x H x W with a note")
    func layouts() throws {
        func found(_ extents: [Int]) throws -> ServedClassifier {
            var builder = GraphBuilder(name: "m")
            let dimensions = [.symbol("N")] + extents.map { DeclaredDimension.fixed($0) }
            let x = builder.input("x", DeclaredType(.float32, dimensions))
            builder.output(try builder.node("Flatten", "y", [x]))
            return try ServedClassifier(ModelSource(name: "m", path: "m"), Model(graph: builder.graph))
        }
        let pixels = try found([9, 8, 3])
        #expect(pixels.preprocessing == Preprocessing.caffe.fitted(to: Extent(width: 8, height: 9)))
        #expect(pixels.notes.count == 1 && pixels.notes[0].contains("assuming preset caffe"))
        let either = try found([3, 8, 3])
        #expect(either.preprocessing == Preprocessing.caffe.fitted(to: Extent(width: 3, height: 8)))
        #expect(either.notes.contains { $0.contains("N x C x H x W") })
    }

    @Test("nothing is assumed for an input that has other channels than a picture")
    func otherChannels() throws {
        #expect(try ServedClassifier(ModelSource(name: "m", path: "m"), try inceptionModule()).notes.isEmpty)
    }
}
#endif
