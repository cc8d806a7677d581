import Deeper
import DeeperExecution
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

/// Profiles: the times of steps, the bytes that they move, and the times of comparable copies.
@Suite struct ProfileTests {
    /// One step of each kind on 16 planes of 24 x 24 floats.
    private static let byteCount = 16 * 24 * 24 * 4

    private func model() throws -> Model {
        var builder = GraphBuilder(name: "kinds of steps")
        func axes(_ values: [Int64]) throws -> Tensor { try Tensor(values, shape: [values.count]) }
        let type = DeclaredType(.float32, [.fixed(1), .fixed(16), .fixed(24), .fixed(24)])
        let (x, y) = (builder.input("x", type), builder.input("y", type))
        let indices = builder.input("i", DeclaredType(.int64, [.fixed(3)]))
        builder.output(try builder.node("Add", "sum", [x, y]))
        builder.output(try builder.node("Mul", "square", [x, x]))
        builder.output(try builder.node("Transpose", "turned", [x], ["perm": .ints([0, 1, 3, 2])]))
        let (first, last) = (
            builder.constant("first", try axes([2])), builder.constant("last", try axes([8]))
        )
        builder.output(try builder.node("Slice", "part", [x, first, last, builder.constant("axis", try axes([2]))]))
        builder.output(try builder.node("Gather", "picked", [x, indices], ["axis": .int(1)]))
        var generator = SeededGenerator(seed: 3)
        let weights = builder.constant("w", try Tensor(generator.wholeFloats(16 * 9), shape: [16, 1, 3, 3]))
        builder.output(
            try builder.node("Conv", "windows", [x, weights], ["group": .int(16), "pads": .ints([1, 1, 1, 1])]))
        return Model(graph: builder.graph)
    }

    private func inputs() throws -> [String: Tensor] {
        var generator = SeededGenerator(seed: 4)
        let count = ProfileTests.byteCount / 4
        return [
            "x": try Tensor(generator.wholeFloats(count), shape: [1, 16, 24, 24]),
            "y": try Tensor(generator.wholeFloats(count), shape: [1, 16, 24, 24]),
            "i": try Tensor([5, 0, 5] as [Int64], shape: [3]),
        ]
    }

    @Test("steps move their operands as far as they touch them; those that do not multiply have a copy")
    func moved() throws {
        let engine = try Engine(model(), options: .init(threads: 2))
        let runs = try engine.profile(inputs(), withCopies: 2)
        #expect(runs.count == 2)
        for run in runs {
            func step(_ name: String) throws -> Engine.StepTime {
                try #require(run.first { $0.name == name && !["output", "layout"].contains($0.operatorName) })
            }
            let whole = ProfileTests.byteCount
            #expect(try step("sum").movedByteCount == 3 * whole)
            #expect(try step("square").movedByteCount == 2 * whole)
            #expect(try step("turned").movedByteCount == 2 * whole)
            #expect(try step("part").movedByteCount == 2 * whole / 4)
            #expect(try step("picked").movedByteCount == 2 * whole * 3 / 16 + 24)
            #expect(try step("windows").movedByteCount >= 2 * whole + 16 * 9 * 4)
            #expect(try step("part").inputTypes == [TensorType(.float32, [1, 16, 24, 24])])
            #expect(try step("part").outputTypes == [TensorType(.float32, [1, 16, 6, 24])])
            #expect(try step("windows").macCount > 0)
            for step in run {
                #expect((step.macCount > 0) == (step.copyNanoseconds == nil), "\(step.name)")
                #expect(step.copyNanoseconds ?? 1 > 0, "\(step.name)")
            }
        }
        #expect(try engine.profile(inputs()).allSatisfy { $0.copyNanoseconds == nil })
    }

    @Test("copies change no result, and only steps with a copy have a time", arguments: [1, 3])
    func results(threads: Int) throws {
        for (model, inputs) in [(try model(), try inputs()), (try Models.inception(), nil)] {
            let engine = try Engine(model, options: .init(threads: threads))
            let inputs = try inputs ?? model.seededInputs()
            let plan = try engine.plan(for: inputs)
            let copies = try StepCopies(plan)
            let lane = Lane(threads: threads, contexts: 1)
            var times = [UInt64](repeating: .max, count: plan.steps.count)
            var outputs = try plan.outputs.map { try Tensor($0.type.elementType, shape: $0.type.shape) }
            try lane.run(
                plan, inputs: try plan.inputs.map { try #require(inputs[$0.name]) }, outputs: &outputs, stop: {},
                nanoseconds: &times, copies: copies)
            let expected = try engine.runBlocking(inputs)
            for (port, output) in zip(plan.outputs, outputs) {
                #expect(try #require(expected[port.name]).isIdentical(to: output), "\(port.name)")
            }
            for index in plan.steps.indices {
                #expect((times[index] > 0) == copies.hasCopy(ofStep: index))
                #expect(copies.hasCopy(ofStep: index) != plan.steps[index].multiplies)
            }
        }
    }
}
