import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import DeeperTraining
import Testing

@Suite("Networks that cannot be trained are refused with the place; folded weights are kept")
struct RefusalTests {
    private func trainer(
        extents: [Int] = [9, 7], _ build: @escaping @Sendable (inout GradientCase.Net) throws -> Void
    ) throws -> Trainer {
        let test = GradientCase(name: "net", extents: extents, build: build)
        return try Trainer(try test.graph(), options: TrainingOptions(batch: 3, threads: 1))
    }

    private func expectRefusal(
        _ code: DeeperError.Code, _ place: String, extents: [Int] = [9, 7],
        _ build: @escaping @Sendable (inout GradientCase.Net) throws -> Void
    ) {
        #expect {
            _ = try trainer(extents: extents, build)
        } throws: {
            ($0 as? DeeperError)?.code == code && "\($0)".contains(place)
        }
    }

    @Test("logits that are not one row a picture")
    func rows() {
        for shape in [[1, -1], [-1, 3]] as [[Int64]] {
            expectRefusal(.unsupported, "prob") { net in
                let a = try net.conv("first", 6, [1, 1])
                let b = try net.node("GlobalAveragePool", "mean", [a])
                let rows = net.builder.constant("rows", try Tensor(shape, shape: [2]))
                let c = try net.node("Reshape", "reshape", [b, rows])
                net.builder.output(try net.node("Softmax", "prob", [c], ["axis": .int(1)]))
            }
        }
    }

    @Test("a network that fixes its batch")
    func fixedBatch() throws {
        let test = GradientCase(name: "net") { net in
            let a = try net.conv("first", 6, [1, 1])
            try net.head("head", from: a, features: 6 * 63)
        }
        var graph = try test.graph()
        graph.inputs[0].type.dimensions?[0] = .fixed(3)
        #expect {
            _ = try Trainer(graph, options: TrainingOptions(batch: 3, threads: 1))
        } throws: {
            ($0 as? DeeperError)?.code == .unsupported && "\($0)".contains("leaves N open")
        }
    }

    @Test("an output twice")
    func twice() {
        expectRefusal(.unsupported, "head_prob") { net in
            let a = try net.conv("first", 6, [1, 1])
            try net.head("head", from: a, features: 6 * 63)
            net.builder.output(net.builder.graph.outputs[0])
        }
    }

    @Test("a softmax that a node reads")
    func readSoftmax() {
        expectRefusal(.unsupported, "head_prob") { net in
            let a = try net.conv("first", 6, [1, 1])
            try net.head("head", from: a, features: 6 * 63)
            let w = try net.weights("again_w", [3, 3])
            let logits = try net.node("MatMul", "again", [net.builder.graph.outputs[0], w])
            net.builder.output(try net.node("Softmax", "again_prob", [logits], ["axis": .int(1)]))
        }
    }

    @Test("dropout of everything")
    func dropout() {
        expectRefusal(.invalidModel, "drop") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.node("Dropout", "drop", [a], ["ratio": .float(1)])
            try net.head("head", from: b, features: 6 * 63)
        }
    }

    @Test("values that no memory holds")
    func vast() {
        expectRefusal(.limitExceeded, "first", extents: [1 << 13, 1 << 13]) { net in
            let a = try net.conv("first", 1024, [1, 1])
            let b = try net.node("GlobalAveragePool", "mean", [a])
            try net.head("head", from: b, features: 1024)
        }
    }

    @Test("filters that are an operator's result begin as that result")
    func folded() throws {
        let values = (0..<30).map { Float($0) }
        let trainer = try trainer { net in
            let filters = try Tensor(values, shape: [6, 5, 1, 1])
            let w = try net.node("Identity", "same", [net.builder.constant("w", filters)])
            let a = try net.builder.node("Conv", "first", [net.x, w], ["kernel_shape": .ints([1, 1])])
            try net.head("head", from: a, features: 6 * 63)
        }
        let found = try trainer.weightTensors().values.map { try $0.elements(as: Float.self) }
        #expect(found.contains(values))
    }
}
