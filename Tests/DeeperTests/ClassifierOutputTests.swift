import Deeper
import DeeperGraphs
import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Testing

/// Which output of a network has the scores of classes, and what is said of networks that have none.
@Suite struct ClassifierOutputTests {
    private static let preprocessing = Preprocessing(resize: .exact(width: 4, height: 4), scale: 1 / 255)

    /// A network on pictures [N, 3, 4, 4] with outputs y0, y1 ... of these shapes, whose first axis, -1, is N. Outputs
    /// of as many elements have the same values.
    private func network(_ shapes: [[Int]], batch: DeclaredDimension = .symbol("N")) throws -> Model {
        var builder = GraphBuilder(name: "network.onnx")
        let x = builder.input("x", DeclaredType(.float32, [batch, .fixed(3), .fixed(4), .fixed(4)]))
        let flat = try builder.node("Flatten", "flat", [x])
        for (index, shape) in shapes.enumerated() {
            let count = shape.filter { $0 > 0 }.reduce(1, *)
            var generator = SeededGenerator(seed: UInt64(count))
            let weights = (0..<48 * count).map { _ in Float(generator.next() >> 40) * 0x1p-24 }
            let w = builder.constant("w\(index)", try Tensor(weights, shape: [48, count]))
            let rows = try builder.node("Gemm", "rows\(index)", [flat, w])
            let target = builder.constant("shape\(index)", try Tensor(shape.map(Int64.init), shape: [shape.count]))
            builder.output(try builder.node("Reshape", "y\(index)", [rows, target]))
        }
        return Model(graph: builder.graph)
    }

    private func batch(_ count: Int) throws -> PictureBatch {
        var batch = PictureBatch(preprocessing: ClassifierOutputTests.preprocessing)
        for index in 0..<count {
            let pixels = (0..<3 * 5 * 6).map { UInt8(truncatingIfNeeded: ($0 + 1) * (17 + 40 * index)) }
            try batch.append(try Picture(width: 5, height: 6, pixels: pixels))
        }
        return batch
    }

    private func classes(of model: Model, pictures: Int, labels: [String]? = nil) throws -> [[Prediction]] {
        try Engine(model).classifyBlocking(batch(pictures), labels: labels, top: 3)
    }

    private func refusal(of model: Model, pictures: Int, labels: [String]? = nil) throws -> String {
        let error = #expect(throws: DeeperError.self) { try classes(of: model, pictures: pictures, labels: labels) }
        #expect(error?.code == .invalidInput)
        return error?.description ?? ""
    }

    @Test(
        "one row of scores for each picture, whatever axes of length 1 it has",
        arguments: [[-1, 10], [-1, 10, 1, 1], [-1, 1, 1, 10], [-1, 1, 10]], [1, 3])
    func rows(shape: [Int], pictures: Int) throws {
        let expected = try (0..<pictures).map { index in
            let whole = try Engine(network([[-1, 10]])).input(of: batch(pictures))["x"]
            let picture = try #require(whole).elements(as: Float.self)[48 * index..<48 * (index + 1)]
            let outputs = try Engine(network([[-1, 10]])).runBlocking([
                "x": Tensor(Array(picture), shape: [1, 3, 4, 4])
            ])
            return try Prediction.top(3, of: #require(outputs["y0"]).elements(as: Float.self), labels: nil)
        }
        let model = try network([shape])
        #expect(model.classCount == 10)
        #expect(try classes(of: model, pictures: pictures) == expected)
        #expect(try Engine(model).classCount(for: batch(pictures)) == 10)
        // A model of a fixed batch, too.
        #expect(try classes(of: network([shape], batch: .fixed(3)), pictures: pictures) == expected)
    }

    @Test("a model of one picture may leave the batch out of its output, and a single score is a class")
    func fewerAxes() throws {
        let expected = try classes(of: network([[-1, 10]]), pictures: 1)
        #expect(try classes(of: network([[10]], batch: .fixed(1)), pictures: 1) == expected)
        for shape in [[-1, 1], [-1]] {
            let scores = try classes(of: network([shape]), pictures: 2)
            #expect(scores.map { $0.map(\.index) } == [[0], [0]] && scores[0][0].score != scores[1][0].score)
        }
    }

    @Test(
        "boxes, masks and texts are no scores: the error names model, output and type",
        arguments: [
            ([-1, 7, 20], "7, 20]"), ([-1, 2, 4, 4], "2, 4, 4]"), ([-1, 1, 4, 4], "1, 4, 4]"),
            ([-1, 1, 6, 5], "1, 6, 5]"),
        ], [1, 2])
    func noScores(output: (shape: [Int], text: String), pictures: Int) throws {
        let model = try network([output.shape])
        let text = try refusal(of: model, pictures: pictures)
        #expect(
            text.contains(
                "network.onnx: the model is no classifier: its output is \"y0\" float32[\(pictures), \(output.text)"),
            "\(text)")
        #expect(model.classCount == nil)
        #expect(try errorCode { _ = try Engine(model).classCount(for: batch(pictures)) } == .invalidInput)
        let labels = (0..<20).map { "\($0)" }
        #expect(try refusal(of: model, pictures: pictures, labels: labels).contains("no classifier"))
    }

    @Test("several rows of a picture are not one row")
    func crops() throws {
        #expect(try refusal(of: network([[5, 10]], batch: .fixed(1)), pictures: 1).contains("float32[5, 10]"))
    }

    @Test("of several outputs of scores the first is taken, or the first with as many scores as labels")
    func heads() throws {
        let labels = (0..<10).map { "label \($0)" }
        let expected = try classes(of: network([[-1, 10]]), pictures: 2, labels: labels)
        for shapes in [[[-1, 10], [-1, 10], [-1, 10]], [[-1, 20], [-1, 10]], [[-1, 2, 4, 4], [-1, 10, 1, 1]]] {
            var model = try network(shapes)
            #expect(try classes(of: model, pictures: 2, labels: labels) == expected, "\(shapes)")
            model.labels = labels
            #expect(try classes(of: model, pictures: 2) == expected && model.classCount == 10, "\(shapes)")
        }
        let unnamed = try classes(of: network([[-1, 20], [-1, 10]]), pictures: 2)
        #expect(try unnamed == classes(of: network([[-1, 20]]), pictures: 2))
        // No output fits.
        let text = try refusal(of: network([[-1, 20], [-1, 10]]), pictures: 2, labels: ["a"])
        #expect(text == "1 labels for 20 classes")
    }

    @Test("a detector's scores of boxes are not taken for classes; the error says what would be")
    func boxes() throws {
        let text = try refusal(of: network([[-1, 30, 4], [-1, 30]]), pictures: 1)
        #expect(
            text.contains("its outputs are \"y0\" float32[1, 30, 4], \"y1\" float32[1, 30]; the first is not a row"))
        #expect(text.hasSuffix("with 30 labels \"y1\" would be taken"))
    }

    @Test("a network that does not classify is reported as such even if its pictures have another size")
    func otherPictures() throws {
        var batch = PictureBatch(preprocessing: Preprocessing(resize: .exact(width: 9, height: 9)))
        try batch.append(try Picture(width: 5, height: 6, pixels: [UInt8](repeating: 3, count: 90)))
        let detector = #expect(throws: DeeperError.self) {
            try Engine(network([[-1, 7, 20]])).classifyBlocking(batch, top: 1) as [[Prediction]]
        }
        #expect(detector?.message.contains("no classifier") == true)
        let classifier = #expect(throws: DeeperError.self) {
            try Engine(network([[-1, 7]])).classifyBlocking(batch, top: 1) as [[Prediction]]
        }
        #expect(classifier?.message.contains("got float32[1, 3, 9, 9]") == true)
    }

    @Test("labels for a network that is no classifier are refused where they are read and written")
    func labels() throws {
        var model = try network([[-1, 7, 20]])
        let read = #expect(throws: DeeperError.self) {
            try Model(graph: model.graph, metadata: ["deeper.labels": #"["a", "b"]"#])
        }
        #expect(read?.code == .invalidModel && read?.message.contains("no classifier") == true)
        model.labels = ["a", "b"]
        try withTemporaryFolder { folder in
            let code = try errorCode { try model.write(to: folder + "/a.onnx") }
            #expect(code == .invalidInput)
        }
        let alphabet = try Model(graph: model.graph, metadata: ["character": "a\nb"])
        #expect(alphabet.labels == nil && alphabet.notes.count == 1 && alphabet.notes[0].contains("no classifier"))
    }
}
