import DeeperTestSupport
import Testing

@testable import DeeperExecution

/// What a plan must hold, found out without the planner's own bookkeeping: step by step and pair by pair.
private func complaints(_ buffers: [BufferLifetime], _ plan: MemoryPlan) -> [String] {
    var found: [String] = []
    guard plan.offsets.count == buffers.count else { return ["\(plan.offsets.count) offsets"] }
    for (index, buffer) in buffers.enumerated() {
        if plan.offsets[index] < 0 || plan.offsets[index] % 64 != 0 {
            found.append("buffer \(index) begins at \(plan.offsets[index])")
        }
        if plan.offsets[index] + buffer.byteCount > plan.arenaByteCount {
            found.append("buffer \(index) leaves the arena")
        }
    }
    for step in Set(buffers.flatMap { [$0.stages.lowerBound, $0.stages.upperBound] }) {
        let alive = buffers.indices.filter { buffers[$0].stages.contains(step) && buffers[$0].byteCount > 0 }
        for (place, one) in alive.enumerated() {
            for other in alive[(place + 1)...] {
                let (first, second) = plan.offsets[one] < plan.offsets[other] ? (one, other) : (other, one)
                if plan.offsets[first] + buffers[first].byteCount > plan.offsets[second] {
                    found.append("buffers \(one) and \(other) overlap at step \(step)")
                }
            }
        }
    }
    return found
}

/// The most bytes alive at any step, in whole 64-byte blocks: no arena can be smaller.
private func lowerBound(_ buffers: [BufferLifetime]) -> Int {
    let steps = Set(buffers.map(\.stages.lowerBound))
    return steps.map { step in
        buffers.filter { $0.stages.contains(step) }.reduce(0) { $0 + ($1.byteCount + 63) / 64 * 64 }
    }.max() ?? 0
}

private func buffers(_ specification: [(Int, ClosedRange<Int>)]) -> [BufferLifetime] {
    specification.map { BufferLifetime(byteCount: $0.0, stages: $0.1) }
}

@Suite struct MemoryPlannerTests {
    @Test("buffers alive at the same step never overlap, and the arena holds them all", arguments: UInt64(1)...60)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let steps = Int.random(in: 1...30, using: &generator)
        let all = (0..<Int.random(in: 1...50, using: &generator)).map { _ in
            let first = Int.random(in: 0..<steps, using: &generator)
            let last = min(steps - 1, first + Int.random(in: 0...6, using: &generator))
            // Empty ones, odd ones, exact blocks, many alike.
            let byteCount = [0, 1, 63, 64, 65, 4096, Int.random(in: 1...5000, using: &generator)].randomElement(
                using: &generator)
            return BufferLifetime(byteCount: byteCount ?? 0, stages: first...last)
        }
        let plan = planMemory(all)
        #expect(complaints(all, plan) == [])
        #expect(plan.arenaByteCount >= lowerBound(all))
        #expect(plan.arenaByteCount <= all.reduce(0) { $0 + ($1.byteCount + 63) / 64 * 64 })
        #expect(plan.arenaByteCount % 64 == 0)
    }

    @Test("the workers' scratch overlaps nothing that is alive, and begins as low as it can", arguments: UInt64(1)...20)
    func scratch(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let all = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
            let first = Int.random(in: 0..<8, using: &generator)
            let count = Int.random(in: 0...3000, using: &generator)
            return BufferLifetime(byteCount: count, stages: first...first + Int.random(in: 0...4, using: &generator))
        }
        let plan = planMemory(all)
        for stage in 0..<13 {
            let workers = Int.random(in: 1...3, using: &generator)
            let bytes = 64 * Int.random(in: 0...20, using: &generator)
            let gaps = plan.gaps(workers, of: bytes, among: all, at: stage)
            let scratch = gaps.map { _ in BufferLifetime(byteCount: bytes, stages: stage...stage) }
            func isFree(_ offsets: [Int]) -> Bool {
                let together = MemoryPlan(offsets: plan.offsets + offsets, arenaByteCount: .max)
                return complaints(all + scratch[..<offsets.count], together) == []
            }
            #expect(gaps.count == workers && isFree(gaps))
            guard bytes > 0, let first = gaps.first else { continue }
            #expect(!stride(from: 0, to: first, by: 64).contains { isFree([$0]) })
        }
    }

    @Test("the checker finds an overlap, a crooked offset and an arena too small")
    func checkerCanFail() {
        let two = buffers([(64, 0...1), (64, 1...2)])
        func complaintCount(_ offsets: [Int], _ arena: Int) -> Int {
            var plan = planMemory(two)
            plan.offsets = offsets
            plan.arenaByteCount = arena
            return complaints(two, plan).count
        }
        #expect(complaintCount([0, 64], 128) == 0)
        #expect(complaintCount([64, 0], 128) == 0)
        #expect(complaintCount([0, 0], 128) == 1)
        #expect(complaintCount([0, 80], 160) == 1)
        #expect(complaintCount([0, 64], 127) == 1)
    }

    @Test(
        "a chain needs its two largest neighbours; buffers that meet at a step are both alive",
        arguments: [
            ([], 0),
            ([(100, 0...0)], 128),
            ([(0, 0...5), (0, 0...5)], 0),
            // Each step reads one and writes the next.
            ([(640, 0...1), (640, 1...2), (640, 2...3), (640, 3...4)], 1280),
            ([(640, 0...1), (640, 2...3)], 640),
            // A small one that lives long does not keep large ones apart.
            ([(64, 0...9), (6400, 0...1), (6400, 2...3), (6400, 4...5)], 6464),
            // Two small ones fit where a large one was.
            ([(1280, 0...1), (640, 2...3), (640, 2...3)], 1280),
            ([(1, 0...1), (1, 0...1), (1, 0...1)], 192),
        ] as [([(Int, ClosedRange<Int>)], Int)])
    func optimum(specification: [(Int, ClosedRange<Int>)], arena: Int) {
        let all = buffers(specification)
        let plan = planMemory(all)
        #expect(plan.arenaByteCount == arena)
        #expect(lowerBound(all) == arena)
        #expect(complaints(all, plan) == [])
    }

    @Test("the same buffers get the same places; equal ones go by their order")
    func determinism() {
        let all = buffers((0..<40).map { (1000, $0 % 7...$0 % 7 + 2) })
        #expect(planMemory(all).offsets == planMemory(all).offsets)
        #expect(planMemory(buffers([(64, 0...0), (64, 0...0), (64, 0...0)])).offsets == [0, 64, 128])
    }
}
