internal import CDeeperThreads
internal import DeeperKernels
internal import DeeperThreads
internal import Glibc
internal import Synchronization

/// A fixed number of threads that share the tiles of one step after another with the thread that calls them.
///
/// Threads start with the first step that has work for them, spin for a few microseconds between steps, then sleep.
/// Each worker takes the tiles of its own part one by one, then those of the others, so that uneven ones balance.
/// The parts are the same from step to step, because what a worker wrote lies in its cache; which thread takes which
/// tile changes no result.
final class WorkerTeam: @unchecked Sendable {
    /// Work cut into tiles.
    protocol Job: AnyObject, Sendable {
        /// Computes a tile on the worker with the given number; the caller is worker 0.
        func run(tile: Int, worker: Int)
    }

    /// Workers, the caller included.
    let size: Int
    private let crowd: Crowd?
    private let shared: Shared
    private var threads: [SystemThread] = []

    /// - Parameter crowd: says step by step how many of the workers should work; nil: all.
    init(size: Int, crowd: Crowd? = nil) {
        self.size = max(1, size)
        self.crowd = crowd
        self.shared = Shared(workers: self.size)
    }

    deinit {
        shared.stop()
        for thread in threads { thread.join() }
    }

    /// Runs all tiles of a job and returns when the last one is done. One caller at a time.
    ///
    /// Every tile is computed in the ``FloatingPointMode``; the caller's thread gets its own mode back.
    ///
    /// - Throws: `limitExceeded` if the system refuses threads.
    func run(_ job: any Job, tiles: Int) throws {
        let workers = min(size, crowd?.width ?? size)
        if workers > 1, tiles > 1, threads.isEmpty { try start() }
        FloatingPointMode.during {
            guard workers > 1, tiles > 1 else {
                for tile in 0..<tiles { job.run(tile: tile, worker: 0) }
                return
            }
            shared.run(job, tiles: tiles, workers: workers)
        }
    }

    private func start() throws {
        for worker in 1..<size {
            threads.append(try SystemThread(name: "deeper-worker") { [shared] in shared.work(worker) })
        }
    }

    /// What the caller and the workers have in common; outlives the team as long as a worker runs.
    final class Shared: @unchecked Sendable {
        private let monitor = Monitor()
        /// The number of jobs and, in the low bits, the workers of the last one: in one word, so that workers which it
        /// does not need may look at any time.
        private let generation = Atomic<Int>(0)
        /// The next tile of each worker's part. Each is written by one core most of the time.
        private let parts: [Part]
        private let busy = Atomic<Int>(0)
        private let sleepers = Atomic<Int>(0)
        private let isStopping = Atomic<Bool>(false)
        // Written before `generation` grows, read after: its release and acquire order them.
        private var job: (any Job)?
        private var tiles = 0
        private static let spins = 4000
        private static let workerBits = 16

        private final class Part: Sendable {
            let next = Atomic<Int>(0)
            // Two of them in one cache line would send it to and fro between the cores.
            private let padding = InlineArray<16, Int>(repeating: 0)
        }

        init(workers: Int) { parts = (0..<workers).map { _ in Part() } }

        func run(_ job: any Job, tiles: Int, workers: Int) {
            self.job = job
            self.tiles = tiles
            for index in 0..<workers {
                parts[index].next.store(partition(tiles, part: index, of: workers).lowerBound, ordering: .relaxed)
            }
            busy.store(workers - 1, ordering: .relaxed)
            beginGeneration(workers: workers)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 { monitor.withLock { monitor.broadcast() } }
            takeTiles(job, 0, of: workers)
            var spins = 0
            while busy.load(ordering: .acquiring) > 0 {
                spins += 1
                if spins < Shared.spins { ct_spin_hint() } else { sched_yield() }
            }
            self.job = nil
        }

        private func beginGeneration(workers: Int) {
            // Only the caller writes it.
            let number = generation.load(ordering: .relaxed) >> Self.workerBits &+ 1
            generation.store(number << Self.workerBits | workers, ordering: .sequentiallyConsistent)
        }

        func stop() {
            isStopping.store(true, ordering: .sequentiallyConsistent)
            beginGeneration(workers: 0)
            monitor.withLock { monitor.broadcast() }
        }

        func work(_ worker: Int) {
            FloatingPointMode.enter()
            var seen = 0
            while true {
                waitForChange(of: seen)
                seen = generation.load(ordering: .acquiring)
                if isStopping.load(ordering: .acquiring) { return }
                let workers = seen & (1 << Self.workerBits - 1)
                guard worker < workers else { continue }
                if let job { takeTiles(job, worker, of: workers) }
                busy.subtract(1, ordering: .releasing)
            }
        }

        private func takeTiles(_ job: any Job, _ worker: Int, of workers: Int) {
            for distance in 0..<workers {
                let index = (worker + distance) % workers
                let end = partition(tiles, part: index, of: workers).upperBound
                while true {
                    let tile = parts[index].next.add(1, ordering: .relaxed).oldValue
                    guard tile < end else { break }
                    job.run(tile: tile, worker: worker)
                }
            }
        }

        private func waitForChange(of seen: Int) {
            for _ in 0..<Shared.spins {
                if generation.load(ordering: .acquiring) != seen { return }
                ct_spin_hint()
            }
            monitor.withLock {
                sleepers.add(1, ordering: .sequentiallyConsistent)
                while generation.load(ordering: .sequentiallyConsistent) == seen { monitor.wait() }
                sleepers.subtract(1, ordering: .sequentiallyConsistent)
            }
        }
    }
}
