#if Server
import Deeper
import Imaging
import Testing

@testable import ModelServing

/// How pictures of a served model are prepared and what its classes are called.
struct ServedClassifierTests {
    private func model(labels: [String]? = nil, preprocessing: Preprocessing? = nil) throws -> Model {
        Model(graph: try inceptionModule().graph, labels: labels, preprocessing: preprocessing)
    }

    @Test("the model's own are taken unless the source has others")
    func precedence() throws {
        let own = try model(labels: ["a"], preprocessing: .torchvision)
        var source = ModelSource(name: "m", path: "m")
        var found = ServedClassifier(source, own)
        #expect(found.preprocessing == .torchvision && found.labels == ["a"] && found.pictureLabels == ["a"])
        #expect(found.notes.isEmpty)
        (source.preprocessing, source.labels) = (.raw, ["b"])
        found = ServedClassifier(source, own)
        #expect(found.preprocessing == .raw && found.labels == ["b"] && found.notes.isEmpty)
    }

    @Test("what neither source nor model says is assumed with a note, for the extent of the model")
    func assumed() throws {
        let found = ServedClassifier(ModelSource(name: "m", path: "m"), try model())
        #expect(found.preprocessing == Preprocessing.caffe.fitted(to: Extent(width: 7, height: 7)))
        #expect(found.labels == nil && found.pictureLabels == nil)
        #expect(found.notes.count == 1 && found.notes[0].contains("assuming preset caffe"))
    }
}
#endif
