import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperExecution
@testable import DeeperPasses

/// Batches cut into portions give the bits of the whole batch.
@Suite("batches cut into portions") struct BatchPortionTests {
    private static let images = 6

    /// A policy that cuts any batch after so many nodes, into portions of at most so many images of this net.
    private func policy(_ net: Net, _ types: InferredTypes, portion: Int, nodes: Int) -> PortionPolicy {
        let widest =
            net.graph.nodes.enumerated().map { index, node in
                node.inputs.compactMap { $0 }.filter { types.value($0) == nil }
                    .reduce(0) { $0 + (types.knownType($1)?.byteCount ?? 0) }
                    + types.nodeTypes[index].reduce(0) { $0 + $1.byteCount }
            }.max() ?? 0
        var policy = PortionPolicy()
        policy.closeByteCount = (portion * widest + Self.images - 1) / Self.images
        policy.largestNodeCount = nodes
        policy.stepByteCount = 0
        return policy
    }

    private func run(_ plan: Plan, _ inputs: [Tensor], threads: Int) throws -> [Tensor] {
        var outputs = try plan.outputs.map { try Tensor($0.type.elementType, shape: $0.type.shape) }
        var times: [UInt64] = []
        try Lane(threads: threads, contexts: 1).run(
            plan, inputs: inputs, outputs: &outputs, poisonsMemory: true, stop: {}, nanoseconds: &times)
        return outputs
    }

    /// The net's inputs, `images` times as long as made; nil if one has no batch.
    private func batch(of net: inout Net) throws -> [Tensor]? {
        try net.graph.inputs.filter { net.graph.constants[$0.value] == nil }.map { input in
            let one = try #require(net.inputs[net.graph.name(of: input.value)])
            let shape = [Self.images] + one.shape.dimensions.dropFirst()
            return try Tensor(net.generator.floats(shape.reduce(1, *)), shape: Shape(shape))
        }
    }

    private func bits(_ tensors: [Tensor]) throws -> [[UInt8]] {
        try tensors.map { tensor in try tensor.withUnsafeBytes { Array($0.prefix(tensor.byteCount)) } }
    }

    private func plan(_ graph: Graph, _ inputs: [Tensor], _ policy: PortionPolicy, threads: Int) throws -> Plan {
        let open = graph.inputs.filter { graph.constants[$0.value] == nil }
        let types = Dictionary(
            uniqueKeysWithValues: zip(open, inputs).map {
                (graph.name(of: $0.value), TensorType($1.elementType, $1.shape))
            })
        return try Planner.plan(
            graph, inputs: try graph.bind(types), options: try KernelOptions(.packed), threads: threads,
            portions: policy)
    }

    private var uncut: PortionPolicy {
        var policy = PortionPolicy()
        policy.largestNodeCount = 0
        return policy
    }

    /// Cuts after every node and compares. Returns how many of the cuts took place.
    private func check(_ net: Net, _ comment: String, cuts: [Int]? = nil) throws -> Int {
        var net = net
        guard let inputs = try batch(of: &net) else { return 0 }
        let open = net.graph.inputs.filter { net.graph.constants[$0.value] == nil }
        let types = try net.graph.inferTypes(
            Dictionary(uniqueKeysWithValues: zip(open, inputs).map { ($0.value, TensorType(.float32, $1.shape)) }))
        let expected = try bits(run(try plan(net.graph, inputs, uncut, threads: 1), inputs, threads: 1))
        var taken = 0
        for cut in cuts ?? Array(1...net.graph.nodes.count) {
            for (portion, threads) in [(1, 2), (3, 1), (2, 2)] {
                let plan = try plan(
                    net.graph, inputs, policy(net, types, portion: portion, nodes: cut), threads: threads)
                guard let portions = plan.portions else { continue }
                taken += 1
                #expect(portions.count > 1)
                #expect(unwrittenReads(in: plan) == [], "\(comment), after \(cut) nodes, portions of \(portion)")
                // The lifetimes found anew do not know where operands of no bytes belong.
                if plan.steps.allSatisfy({ $0.operands.allSatisfy { $0.descriptor.type.byteCount > 0 } }) {
                    #expect(lifetimeFaults(in: plan) == [], "\(comment), after \(cut) nodes, portions of \(portion)")
                }
                // Four workers: six portions are two more than side by side.
                for workers in [1, threads, 4] {
                    #expect(
                        try bits(run(plan, inputs, threads: workers)) == expected,
                        "\(comment), after \(cut) nodes, portions of \(portion), \(workers) workers")
                }
            }
        }
        return taken
    }

    @Test("in-place Concats, cut after every node", arguments: InPlaceCase.all) func concats(item: InPlaceCase) throws {
        var net = Net()
        try item.build(&net)
        guard net.inputs.values.allSatisfy({ $0.shape.rank == 4 }) else { return }
        #expect(try check(net, item.name) > 0)
    }

    @Test("random networks, cut at random", arguments: 1...(TestTier.runsHeavyTests ? 100 : 12))
    func random(seed: Int) throws {
        var net = try RandomNetwork.make(seed: UInt64(seed))
        var driver = PassDriver(evaluator: try Evaluator(KernelOptions(.packed)))
        if seed.isMultiple(of: 2) { net.graph = try driver.run(net.graph).graph }
        guard !net.graph.nodes.isEmpty else { return }
        let cuts = (0..<3).map { _ in Int.random(in: 1...net.graph.nodes.count, using: &net.generator) }
        _ = try check(net, "seed \(seed)", cuts: cuts + [net.graph.nodes.count])
    }

    @Test("a value of one pixel inside a wider one is whole again after the cut") func onePixel() throws {
        var net = Net()
        let x = try net.input([1, 3, 4, 4])
        let wide = try net.node("GlobalAveragePool", [try net.conv(x, 3, to: 6)])
        let parts = try net.nodes("Split", [wide], ["axis": .int(1)], outputCount: 2)
        net.output(try net.node("Flatten", [parts[1]]), try net.node("Relu", [parts[0]]))
        #expect(try check(net, "one pixel") >= 9)
    }

    /// Networks whose last node mixes images, or lets them change places.
    static let mixtures: [InPlaceCase] = [
        InPlaceCase("Softmax over the batch") { net in
            net.output(try net.node("Softmax", [try net.input([6, 4])], ["axis": .int(0)]))
        },
        InPlaceCase("LayerNormalization of the batch") { net in
            let x = try net.input([6, 4])
            net.output(
                try net.node("LayerNormalization", [x, try net.weights([4])], ["axis": .int(0)], opset: 17))
        },
        InPlaceCase("the batch backwards") { net in
            let x = try net.input([6, 4, 2, 2])
            net.output(
                try net.node(
                    "Slice",
                    [
                        x, try net.integers(-1), try net.integers(-100), try net.integers(0), try net.integers(-1),
                    ]))
        },
        InPlaceCase("the batch moved on by one image") { net in
            let x = try net.input([6, 4, 2, 2])
            net.output(try net.node("Pad", [x, try net.integers(1, 0, 0, 0, -1, 0, 0, 0)]))
        },
        InPlaceCase("moments of the batch") { net in
            let x = try net.input([6, 4, 2, 2])
            let rest = try (0..<4).map { _ in try net.weights([4]) }
            net.output(try net.node("BatchNormalization", [x] + rest, ["training_mode": .int(1)], opset: 15))
        },
        InPlaceCase("images as channels of one sum") { net in
            let x = try net.input([6, 6, 2, 2])
            let y = try net.node("Squeeze", [try net.node("ReduceMean", [x], ["axes": .ints([1])])], opset: 11)
            net.output(try net.node("Add", [x, y]))
        },
        InPlaceCase("indices that count from the first image") { net in
            let window: [String: AttributeValue] = ["kernel_shape": .ints([2, 2])]
            let pooled = try net.nodes("MaxPool", [try net.input([6, 2, 4, 4])], window, outputCount: 2)
            net.output(pooled[0], pooled[1])
        },
        InPlaceCase("a bias for columns, as many as images") { net in
            let (x, bias) = (try net.input([6, 8]), try net.input([6]))
            net.output(try net.node("Gemm", [x, try net.weights([8, 6]), bias]))
        },
        InPlaceCase("a slope for columns, as many as images") { net in
            let x = try net.input([6, 4, 2, 6])
            net.output(try net.node("PRelu", [x, try net.input([6])]))
        },
        InPlaceCase("matrices for channels, as many as images") { net in
            let x = try net.input([6, 6, 2, 3])
            net.output(try net.node("MatMul", [x, try net.input([6, 3, 2])]))
        },
        InPlaceCase("scales for columns, as many as images") { net in
            let x = try net.input([6, 4, 6])
            net.output(try net.node("LayerNormalization", [x, try net.input([6])], opset: 17))
        },
        InPlaceCase("a factor that moves images and keeps their number") { net in
            let x = try net.input([6, 2, 2, 2, 2])
            let scales = net.constant(try Tensor([1.05, 1, 1, 1, 2] as [Float], shape: [5]))
            let modes: [String: AttributeValue] = [
                "mode": .string("nearest"), "nearest_mode": .string("floor"),
                "coordinate_transformation_mode": .string("asymmetric"),
            ]
            net.output(try net.node("Resize", [x, nil, scales], modes))
        },
        InPlaceCase("channels that the number of images chooses") { net in
            let x = try net.input([6, 12, 2, 2])
            let first = try net.node("Gather", [try net.node("Shape", [x]), try net.integers(0)])
            let last = try net.node("Add", [first, try net.integers(2)])
            net.output(try net.node("Slice", [x, first, last, try net.integers(1)]))
        },
        InPlaceCase("a sum over the batch") { net in
            net.output(try net.node("ReduceMean", [try net.input([6, 4])], ["axes": .ints([0])]))
        },
    ]

    @Test("what mixes images is not cut", arguments: mixtures) func notCut(item: InPlaceCase) throws {
        var net = Net()
        try item.build(&net)
        let inputs = try #require(try batch(of: &net))
        var policy = PortionPolicy()
        (policy.closeByteCount, policy.stepByteCount) = (0, 0)
        let expected = try bits(run(try plan(net.graph, inputs, uncut, threads: 1), inputs, threads: 1))
        let cut = try plan(net.graph, inputs, policy, threads: 1)
        #expect(try bits(run(cut, inputs, threads: 1)) == expected)
        #expect(try #require(cut.steps.last).runCount == 1)
    }

    @Test("a Gemm with large weights runs once for the whole batch, the layers before it once for each image")
    func cost() throws {
        var net = Net()
        let x = try net.input([1, 3, 16, 16])
        let wide = try net.conv(x, 3, to: 64)
        let flat = try net.node("Flatten", [try net.node("GlobalAveragePool", [wide])])
        net.output(try net.node("Gemm", [flat, try net.weights([64, 4000])]))
        let inputs = try #require(try batch(of: &net))
        var policy = PortionPolicy()
        (policy.closeByteCount, policy.stepByteCount) = (1 << 12, 1 << 10)
        let plan = try plan(net.graph, inputs, policy, threads: 1)
        #expect(plan.portions?.count == Self.images)
        #expect(try #require(plan.steps.first { $0.operatorName == "Gemm" }).runCount == 1)
        #expect(try #require(plan.steps.first { $0.operatorName == "Conv" }).runCount == Self.images)
        #expect(plan.macCount == Self.images * (16 * 16 * 3 * 64 + 64 * 4000))
        // Close by as it is: cut for nothing.
        #expect(try self.plan(net.graph, inputs, PortionPolicy(), threads: 1).portions == nil)
    }

    @Test("a long batch of small rows is not cut into thousands of portions") func rows() throws {
        var net = Net()
        net.output(try net.node("Softplus", [try net.input([1, 16])]))
        let input = try Tensor([Float](repeating: 0, count: 16 * 100_003), shape: [100_003, 16])
        #expect(try plan(net.graph, [input], PortionPolicy(), threads: 2).portions == nil)
    }

    @Test("workers that cannot all have a portion get scratch only") func fewPortions() throws {
        var net = Net()
        let x = try net.input([1, 3, 16, 16])
        net.output(try net.conv(try net.conv(x, 3, to: 64), 64, to: 8, kernel: [3, 3]))
        let inputs = try #require(try batch(of: &net))
        var policy = PortionPolicy()
        (policy.closeByteCount, policy.stepByteCount) = (1 << 12, 0)
        let plan = try plan(net.graph, inputs, policy, threads: 1)
        let portions = try #require(plan.portions)
        #expect(plan.memoryByteCount(workers: 6) >= plan.arenaByteCount + 5 * portions.block.count)
        #expect(plan.memoryByteCount(workers: 7) < plan.arenaByteCount + 6 * portions.block.count)
        let expected = try bits(run(plan, inputs, threads: 1))
        for workers in [6, 7, 16] { #expect(try bits(run(plan, inputs, threads: workers)) == expected) }
    }
}
