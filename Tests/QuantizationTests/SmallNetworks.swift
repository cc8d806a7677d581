import Deeper
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport

/// Networks with seeded weights and something of everything that is quantised.
enum SmallNetworks {
    /// Two branches that are joined, a pooling and a fully connected layer with softmax.
    static func joined() throws -> Graph {
        var generator = SeededGenerator(seed: 3)
        var builder = GraphBuilder(name: "joined")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(3), .fixed(12), .fixed(12)]))
        func weights(_ name: String, _ shape: [Int], _ builder: inout GraphBuilder) throws -> ValueID {
            let reach = shape.dropFirst().reduce(1, *)
            let values = generator.floats(shape.reduce(1, *)).map { $0 * (3 / Float(reach)).squareRoot() }
            return builder.constant(name, try Tensor(values, shape: Shape(shape)))
        }
        func conv(
            _ name: String, _ x: ValueID, _ shape: [Int], _ builder: inout GraphBuilder, groups: Int = 1
        ) throws -> ValueID {
            let (w, b) = (
                try weights("\(name) w", shape, &builder), try weights("\(name) b", [shape[0]], &builder)
            )
            let pad = shape[2] / 2
            let sums = try builder.node(
                "Conv", name, [x, w, b], ["pads": .ints([pad, pad, pad, pad]), "group": .int(groups)])
            return try builder.node("Relu", "\(name) relu", [sums])
        }
        let first = try conv("first", x, [8, 3, 3, 3], &builder)
        let depthwise = try conv("depthwise", first, [8, 1, 3, 3], &builder, groups: 8)
        let pooled = try builder.node(
            "MaxPool", "pool", [depthwise], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
        let (a, b) = (
            try conv("one", pooled, [8, 8, 1, 1], &builder), try conv("three", pooled, [8, 8, 3, 3], &builder)
        )
        let both = try builder.node("Concat", "both", [a, b], ["axis": .int(1)])
        let last = try conv("last", both, [16, 16, 1, 1], &builder)
        let sum = try builder.node("Add", "sum", [last, both])
        let mean = try builder.node("GlobalAveragePool", "mean", [sum])
        let flat = try builder.node("Flatten", "flat", [mean])
        let (w, c) = (try weights("classes w", [10, 16], &builder), try weights("classes b", [10], &builder))
        let classes = try builder.node("Gemm", "classes", [flat, w, c], ["transB": .int(1)])
        builder.output(try builder.node("Softmax", "scores", [classes], ["axis": .int(1)]))
        return builder.graph
    }

    static func inputs(_ count: Int, seed: UInt64 = 1) throws -> [[String: Tensor]] {
        var generator = SeededGenerator(seed: seed)
        return try (0..<count).map { _ in ["x": try Tensor(generator.floats(3 * 144), shape: [1, 3, 12, 12])] }
    }

    /// What the network gives for each input.
    static func answers(_ graph: Graph, _ inputs: [[String: Tensor]]) throws -> [[Float]] {
        let engine = try Engine(Model(graph: graph))
        return try inputs.map { try engine.runBlocking($0).values.first?.elements(as: Float.self) ?? [] }
    }

    /// The root mean square of a difference over that of the first.
    static func difference(_ first: [[Float]], _ second: [[Float]]) -> Double {
        let pairs = zip(first.joined(), second.joined())
        let noise = pairs.reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        return (noise / first.joined().reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
    }
}
