import DeeperTestSupport
import Glibc
import Testing

@testable import DeeperExecution

/// Counts how often each tile and each worker was run.
private final class CountingJob: WorkerTeam.Job {
    private let tiles: Locked<[Int]>
    private let workers = Locked<[Int: Int]>([:])

    init(tiles: Int) { self.tiles = Locked([Int](repeating: 0, count: tiles)) }

    func run(tile: Int, worker: Int) {
        tiles.withLock { $0[tile] += 1 }
        workers.withLock { $0[worker, default: 0] += 1 }
    }

    var runsOfTiles: [Int] { tiles.withLock { $0 } }
    var usedWorkers: Set<Int> { workers.withLock { Set($0.keys) } }
}

/// Holds every tile until as many have begun as there are: done only if each is on a worker of its own.
private final class MeetingJob: WorkerTeam.Job {
    private let tiles: Int
    /// Each worker's CPU time, in seconds, when it came and when it left.
    private let times = Locked<[Int: (arrival: Double, departure: Double)]>([:])

    init(tiles: Int) { self.tiles = tiles }

    func run(tile: Int, worker: Int) {
        let arrival = threadSeconds()
        times.withLock { $0[worker] = (arrival, arrival) }
        // Twenty seconds at most, for a machine with other work to do.
        var waits = 0
        while workers.count < tiles, waits < 20_000 {
            usleep(1000)
            waits += 1
        }
        let departure = threadSeconds()
        times.withLock { $0[worker]?.departure = departure }
    }

    var workers: Set<Int> { times.withLock { Set($0.keys) } }
    func times(of worker: Int) -> (arrival: Double, departure: Double)? { times.withLock { $0[worker] } }

    private func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// Writes without any lock: the team alone orders the writes of a worker before the caller's reads.
private final class SumJob: WorkerTeam.Job, @unchecked Sendable {
    private let input: [Int]
    private let memory: UnsafeMutableBufferPointer<Int>

    init(_ input: [Int]) {
        self.input = input
        self.memory = .allocate(capacity: input.count)
        self.memory.initialize(repeating: 0)
    }

    deinit { memory.deallocate() }

    func run(tile: Int, worker: Int) { memory[tile] = input[tile] * input[tile] }

    func take() -> [Int] { Array(memory) }
}

@Suite(.timeLimit(.minutes(10))) struct WorkerTeamTests {
    @Test("every tile runs exactly once, on workers that exist", arguments: [1, 2, 3, 8])
    func everyTileOnce(size: Int) throws {
        let team = WorkerTeam(size: size)
        for tiles in [0, 1, 2, 3, 7, 8, 9, 100, 1000, 1, 0, 5] {
            let job = CountingJob(tiles: tiles)
            try team.run(job, tiles: tiles)
            #expect(job.runsOfTiles == [Int](repeating: 1, count: tiles))
            #expect(job.usedWorkers.isSubset(of: 0..<size))
        }
    }

    @Test("what workers wrote is there when the run returns; thousands of short runs", arguments: [2, 3, 8])
    func rapidRuns(size: Int) throws {
        let team = WorkerTeam(size: size)
        for round in 0..<(TestTier.runsHeavyTests ? 20_000 : 500) {
            let input = (0..<1 + round % 13).map { $0 + round }
            let job = SumJob(input)
            try team.run(job, tiles: input.count)
            let isEqual = job.take() == input.map { $0 * $0 }
            #expect(isEqual, "round \(round)")
            if !isEqual { return }
        }
    }

    @Test("a crowd narrows and widens a team between steps, and every tile still runs once", arguments: [2, 3, 8])
    func crowd(size: Int) throws {
        let crowd = Crowd(threads: size)
        let team = WorkerTeam(size: size, crowd: crowd)
        for round in 0..<(TestTier.runsHeavyTests ? 20_000 : 500) {
            // One call, then up to twice as many as there are threads.
            let calls = 1 + round % (2 * size)
            for _ in 0..<calls { crowd.enter() }
            defer { for _ in 0..<calls { crowd.leave() } }
            #expect(crowd.width == max(1, size / calls))
            let job = CountingJob(tiles: 5 + round % 20)
            try team.run(job, tiles: job.runsOfTiles.count)
            #expect(job.runsOfTiles.allSatisfy { $0 == 1 } && job.usedWorkers.isSubset(of: 0..<crowd.width))
        }
    }

    @Test("between two calls of a crowd that expects more, the others do not spread over all threads")
    func expectation() throws {
        let crowd = Crowd(threads: 4)
        crowd.enter()
        #expect(crowd.width == 4)
        crowd.expect(2)
        #expect(crowd.width == 2)
        crowd.enter()
        crowd.enter()
        #expect(crowd.width == 1)
        crowd.expect(0)
        #expect(crowd.width == 1)
        crowd.leave()
        #expect(crowd.width == 2)
    }

    @Test("long tiles are shared out to all workers", arguments: [2, 3, 8])
    func sharing(size: Int) throws {
        let team = WorkerTeam(size: size)
        let job = MeetingJob(tiles: size)
        try team.run(job, tiles: size)
        #expect(job.workers == Set(0..<size))
    }

    @Test("a run returns when the last tile is done, not when the caller's own are", arguments: [2, 3, 8])
    func returnsLast(size: Int) throws {
        final class SlowJob: WorkerTeam.Job {
            let meeting: MeetingJob
            let done = Locked(0)
            init(size: Int) { meeting = MeetingJob(tiles: size) }
            func run(tile: Int, worker: Int) {
                meeting.run(tile: tile, worker: worker)
                // One of the others is the last by far.
                if worker == 1 { usleep(20_000) }
                done.withLock { $0 += 1 }
            }
        }
        let team = WorkerTeam(size: size)
        for _ in 0..<3 {
            let job = SlowJob(size: size)
            try team.run(job, tiles: size)
            #expect(job.done.withLock { $0 } == size)
        }
    }

    @Test("a run does not wait for workers that have not come, and these take no part in it later")
    func lateWorkers() async {
        let shared = WorkerTeam.Shared(workers: 3)
        let job = CountingJob(tiles: 7)
        shared.run(job, tiles: 7, workers: 3)
        #expect(job.runsOfTiles == [Int](repeating: 1, count: 7) && job.usedWorkers == [0])
        // Both of them still have to notice the run that is over.
        let numbers = Locked([1, 2])
        let threads = TestThreads(2) { shared.work(numbers.withLock { $0.removeLast() }, after: 0) }
        for _ in 0..<100 {
            let next = MeetingJob(tiles: 3)
            shared.run(next, tiles: 3, workers: 3)
            #expect(next.workers == [0, 1, 2])
        }
        #expect(job.runsOfTiles == [Int](repeating: 1, count: 7))
        shared.stop()
        _ = await threads.results
    }

    @Test("a team of one, and a single tile, stay on the calling thread")
    func callingThread() throws {
        final class ThreadJob: WorkerTeam.Job {
            let threads = Locked<[pthread_t]>([])
            func run(tile: Int, worker: Int) { threads.withLock { $0.append(pthread_self()) } }
        }
        for (size, tiles) in [(1, 20), (0, 5), (4, 1)] {
            let job = ThreadJob()
            try WorkerTeam(size: size).run(job, tiles: tiles)
            #expect(job.threads.withLock { $0 } == [pthread_t](repeating: pthread_self(), count: tiles))
        }
    }

    @Test("workers that went to sleep wake up")
    func sleepers() throws {
        let team = WorkerTeam(size: 3)
        for _ in 0..<5 {
            let job = MeetingJob(tiles: 3)
            try team.run(job, tiles: 3)
            #expect(job.workers == [0, 1, 2])
            // Far longer than workers spin.
            usleep(30_000)
        }
    }

    @Test("sleeping workers use no CPU time")
    func idleTeamsRest() throws {
        let team = WorkerTeam(size: 2)
        let (before, after) = (MeetingJob(tiles: 2), MeetingJob(tiles: 2))
        try team.run(before, tiles: 2)
        usleep(300_000)
        try team.run(after, tiles: 2)
        let first = try #require(before.times(of: 1)).departure
        let second = try #require(after.times(of: 1)).arrival
        // Spinning through the pause would take up to 0.3 s, less if other work runs at the same time.
        #expect(second - first < 0.03)
    }

    @Test("teams are created and ended, used and unused, and no thread remains")
    func lifetimes() throws {
        let before = try mappedByteCount()
        for round in 0..<300 {
            let team = WorkerTeam(size: 1 + round % 4)
            if round % 3 == 0 { continue }
            let job = CountingJob(tiles: 10)
            try team.run(job, tiles: 10)
            #expect(job.runsOfTiles == [Int](repeating: 1, count: 10))
        }
        // 300 workers were started; the teams of other tests have fewer than 100 between them.
        #expect(threadNames().count { $0 == "deeper-worker" } < 100)
        // A thread that is not joined keeps its stack: 8 MiB each, as a rule.
        #expect(try mappedByteCount() - before < 1 << 30)
    }

    /// The names of this process's threads.
    private func threadNames() -> [String] {
        guard let folder = opendir("/proc/self/task") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let task = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let file = fopen("/proc/self/task/\(task)/comm", "r") else { continue }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 64)
            guard fgets(&line, 64, file) != nil else { continue }
            names.append(
                String(decoding: line.prefix { $0 != 10 && $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return names
    }

    @Test("several teams work side by side")
    func sideBySide() async {
        let wrong = await onThreads(3) {
            let team = WorkerTeam(size: 2)
            return (0..<200).count { _ in
                let job = CountingJob(tiles: 9)
                try? team.run(job, tiles: 9)
                return job.runsOfTiles != [Int](repeating: 1, count: 9)
            }
        }
        #expect(wrong == [0, 0, 0])
    }
}
