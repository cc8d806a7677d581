import Deeper
import DeeperGraphs
import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Testing

/// Models that take pictures as N x H x W x C, held against the same networks as N x C x H x W.
@Suite struct PictureLayoutTests {
    /// A classifier of six classes, convolution and all, for pictures of 7 x 5 (width x height) with `channels`.
    ///
    /// - Parameter dimensions: what the input declares; its layout is `layout` whatever that says.
    private func network(
        _ layout: PictureLayout, channels: Int, _ dimensions: [DeclaredDimension], _ type: ElementType = .float32
    ) throws -> Model {
        var generator = SeededGenerator(seed: 5)
        func weights(_ shape: Shape) throws -> Tensor {
            try Tensor(
                (0..<shape.elementCount).map { _ in Float(generator.next() >> 40) * 0x1p-24 - 0.5 }, shape: shape)
        }
        var builder = GraphBuilder(name: "network")
        var x = builder.input("x", DeclaredType(type, dimensions))
        if type != .float32 { x = try builder.node("Cast", "wide", [x], ["to": .int(1)]) }
        if layout == .nhwc { x = try builder.node("Transpose", "planes", [x], ["perm": .ints([0, 3, 1, 2])]) }
        let filters = builder.constant("filters", try weights([4, channels, 3, 3]))
        let maps = try builder.node("Conv", "maps", [x, filters], ["kernel_shape": .ints([3, 3])])
        let flat = try builder.node("Flatten", "flat", [maps])
        let matrix = builder.constant("matrix", try weights([4 * 5 * 3, 6]))
        builder.output(try builder.node("MatMul", "y", [flat, matrix]))
        return Model(graph: builder.graph)
    }

    private func dimensions(_ layout: PictureLayout, _ channels: Int, batch: DeclaredDimension) -> [DeclaredDimension] {
        layout == .nchw
            ? [batch, .fixed(channels), .fixed(5), .fixed(7)] : [batch, .fixed(5), .fixed(7), .fixed(channels)]
    }

    private func batch(_ count: Int, _ preprocessing: Preprocessing) throws -> PictureBatch {
        var generator = SeededGenerator(seed: 9)
        var batch = PictureBatch(preprocessing: preprocessing)
        for _ in 0..<count {
            let pixels = (0..<3 * 7 * 5).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 20) }
            try batch.append(try Picture(width: 7, height: 5, pixels: pixels))
        }
        return batch
    }

    @Test(
        "the layout is that of the axis of one or three channels, the second axis comes first",
        arguments: [
            ([.symbol("N"), .fixed(3), .fixed(5), .fixed(7)], PictureLayout.nchw, Extent(width: 7, height: 5)),
            ([.symbol("N"), .fixed(5), .fixed(7), .fixed(3)], .nhwc, Extent(width: 7, height: 5)),
            ([.symbol("N"), .fixed(5), .fixed(7), .fixed(1)], .nhwc, Extent(width: 7, height: 5)),
            ([.symbol("N"), .symbol("H"), .unknown, .fixed(3)], .nhwc, nil),
            ([.symbol("N"), .fixed(3), .unknown, .fixed(3)], .nchw, nil),
            ([.symbol("N"), .fixed(1), .fixed(9), .fixed(3)], .nchw, Extent(width: 3, height: 9)),
            ([.symbol("N"), .unknown, .unknown, .unknown], .nchw, nil),
            ([.symbol("N"), .fixed(8), .fixed(5), .fixed(7)], .nchw, nil),
            ([.symbol("N"), .fixed(5), .fixed(3)], .nchw, nil), (nil, .nchw, nil),
        ] as [([DeclaredDimension]?, PictureLayout, Extent?)])
    func recognition(dimensions: [DeclaredDimension]?, layout: PictureLayout, extent: Extent?) {
        var builder = GraphBuilder(name: "network")
        builder.output(builder.input("x", DeclaredType(.float32, dimensions)))
        let model = Model(graph: builder.graph)
        #expect(model.pictureLayout == layout && model.pictureExtent == extent)
        let isAmbiguous = dimensions?.count == 4 && layout == .nchw && dimensions?[3] == .fixed(3)
        #expect(model.hasAmbiguousPictureLayout == isAmbiguous)
    }

    @Test(
        "the answers are those of the same network with planes",
        arguments: [Preprocessing.Channels.rgb, .bgr, .luma], [ElementType.float32, .float16])
    func answers(channels: Preprocessing.Channels, type: ElementType) throws {
        let count = channels.count
        let preprocessing = Preprocessing(
            channels: channels, scale: 1 / 255, mean: (0..<count).map { 0.1 * Double($0) },
            std: (0..<count).map { 1 + 0.2 * Double($0) })
        // Open, of one picture, and of more pictures than are given.
        for fixed in [DeclaredDimension.symbol("N"), .fixed(1), .fixed(4)] {
            let pictures = try batch(fixed == .fixed(1) ? 1 : 3, preprocessing)
            let answers = try [PictureLayout.nchw, .nhwc].map { layout in
                let model = try network(layout, channels: count, dimensions(layout, count, batch: fixed), type)
                #expect(model.pictureLayout == layout)
                let engine = try Engine(model)
                #expect(try engine.classCount(for: pictures) == 6)
                let answers: [[Prediction]] = try engine.classifyBlocking(pictures, top: 6)
                return answers.map { $0.sorted { $0.index < $1.index }.map(\.score) }
            }
            #expect(answers.allSatisfy { Set($0).count == pictures.count })
            // Sums of other kernels are rounded differently.
            let tolerance: Float = type == .float32 ? 1e-4 : 0.03
            for (planes, pixels) in zip(answers[0].joined(), answers[1].joined()) {
                #expect(abs(planes - pixels) <= tolerance)
            }
        }
    }

    @Test("pixels lie in the order of the model's axes")
    func pixels() throws {
        let pictures = try batch(2, Preprocessing())
        let inputs = try [PictureLayout.nchw, .nhwc].map { layout in
            let model = try network(layout, channels: 3, dimensions(layout, 3, batch: .symbol("N")))
            return try #require(Engine(model).input(of: pictures)["x"])
        }
        #expect(inputs.map(\.shape) == [[2, 3, 5, 7], [2, 5, 7, 3]])
        let (planes, pixels) = (try inputs[0].elements(as: Float.self), try inputs[1].elements(as: Float.self))
        for (index, value) in pixels.enumerated() {
            let (picture, pixel, channel) = (index / 105, index % 105 / 3, index % 3)
            #expect(planes[picture * 105 + channel * 35 + pixel] == value)
        }
    }

    @Test("a layout that the shape does not tell can be set, and stays with models made of this one")
    func override() throws {
        // Three channels, or three columns.
        let shape: [DeclaredDimension] = [.symbol("N"), .unknown, .unknown, .fixed(3)]
        let ambiguous: [DeclaredDimension] = [.symbol("N"), .fixed(3), .unknown, .fixed(3)]
        #expect(try network(.nhwc, channels: 3, shape).pictureLayout == .nhwc)
        var model = try network(.nhwc, channels: 3, [.symbol("N"), .unknown, .unknown, .unknown])
        let pictures = try batch(2, Preprocessing())
        #expect(try errorCode { _ = try Engine(model).classifyBlocking(pictures) as [[Prediction]] } != nil)
        model.pictureLayout = .nhwc
        let expected = try Engine(network(.nhwc, channels: 3, shape)).classifyBlocking(pictures) as [[Prediction]]
        #expect(try Engine(model).classifyBlocking(pictures) as [[Prediction]] == expected)
        var builder = GraphBuilder(name: "other")
        builder.output(builder.input("x", DeclaredType(.float32, ambiguous)))
        #expect(Model(graph: builder.graph).pictureLayout == .nchw)
        #expect(Model(graph: builder.graph, like: model).pictureLayout == .nhwc)
        #expect(try model.fixingInputs(["x": [1, 5, 7, 3]]).pictureLayout == .nhwc)
    }

    @Test("pictures that do not fit are refused with the shapes in the model's order")
    func otherChannels() throws {
        let engine = try Engine(network(.nhwc, channels: 3, dimensions(.nhwc, 3, batch: .symbol("N"))))
        let error = #expect(throws: DeeperError.self) {
            try engine.classifyBlocking(batch(1, Preprocessing(channels: .luma, mean: [0], std: [1]))) as [[Prediction]]
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.message == "got float32[1, 5, 7, 1], the model expects float32[N, 5, 7, 3]")
    }
}
