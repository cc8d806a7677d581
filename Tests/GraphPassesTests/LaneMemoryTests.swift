import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperExecution

@Suite("plans of one lane share its memory") struct LaneMemoryTests {
    /// A network for pictures of any size, and a plan for each of some sizes.
    private func plans(_ extents: [Int]) throws -> [(plan: Plan, input: Tensor)] {
        var net = Net()
        let x = try net.open([1, 2, 8, 8])
        let y = try net.conv(x, 2, to: 4, kernel: [3, 3], ["pads": .ints([1, 1, 1, 1])])
        net.output(try net.node("Softplus", [try net.conv(y, 4, to: 3, kernel: [3, 3])]))
        return try extents.map { extent in
            let input = try Tensor(net.generator.floats(2 * extent * extent), shape: [1, 2, extent, extent])
            let types = try net.graph.bind(["input 0": TensorType(.float32, input.shape)])
            return (try Planner.plan(net.graph, inputs: types, options: try KernelOptions(.packed)), input)
        }
    }

    private func run(_ plan: Plan, _ input: Tensor, on lane: Lane) throws -> [Float] {
        var outputs = try plan.outputs.map { try Tensor($0.type.elementType, shape: $0.type.shape) }
        var times: [UInt64] = []
        try lane.run(plan, inputs: [input], outputs: &outputs, stop: {}, nanoseconds: &times)
        return try outputs[0].elements(as: Float.self)
    }

    @Test("sizes used in turn give the same as each alone, in the memory of the largest") func sizes() throws {
        let plans = try plans([20, 64, 33, 48])
        let alone = try plans.map { try run($0.plan, $0.input, on: Lane(threads: 1, contexts: 1)) }
        let lane = Lane(threads: 2, contexts: 3)
        for _ in 0..<2 {
            for (index, each) in plans.enumerated() {
                #expect(try run(each.plan, each.input, on: lane) == alone[index])
            }
        }
        #expect(lane.reservedByteCount == plans.map { $0.plan.memoryByteCount(workers: 2) }.max())
    }

    @Test("an arena that no plan needs half of any more is given back, another is kept") func shrinking() throws {
        let plans = try plans([20, 64, 60])
        let lane = Lane(threads: 1, contexts: 8)
        for each in plans { _ = try run(each.plan, each.input, on: lane) }
        let most = plans[1].plan.memoryByteCount(workers: 1)
        plans[1].plan.retire()
        lane.prune()
        #expect(lane.reservedByteCount == most)
        plans[2].plan.retire()
        lane.prune()
        #expect(lane.reservedByteCount == 0)
        _ = try run(plans[0].plan, plans[0].input, on: lane)
        #expect(lane.reservedByteCount == plans[0].plan.memoryByteCount(workers: 1))
    }

    @Test("an arena is freed too when the plan that needed it is replaced by others") func givingWay() throws {
        let plans = try plans([64, 20, 21])
        let lane = Lane(threads: 1, contexts: 2)
        for each in plans { _ = try run(each.plan, each.input, on: lane) }
        lane.prune()
        #expect(lane.reservedByteCount == 0)
    }
}
