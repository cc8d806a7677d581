internal import CDeeperThreads
internal import DeeperKernels
internal import DeeperThreads
internal import Glibc
internal import Synchronization

/// A team of a fixed number of threads, the calling thread included, that computes the tiles of one job after another.
///
/// Threads start with the first job that has work for them, spin for a few microseconds between jobs, then sleep. A job
/// is over when all of its tiles are done: the caller does not wait for workers that the system has not run since the
/// job began, so a machine with other work to do costs no more than the workers that it keeps. Each worker takes the tiles of its own part one by one, then those of other workers, which balances uneven tiles. The
/// parts are the same from job to job, because a worker's cache holds what the worker wrote. Which thread computes
/// which tile does not change the result.
final class WorkerTeam: @unchecked Sendable {
    /// Work that is divided into tiles.
    protocol Job: AnyObject, Sendable {
        /// Computes a tile on the worker with the given number; the caller is worker 0.
        func run(tile: Int, worker: Int)
    }

    /// The number of workers, the caller included.
    let size: Int
    private let crowd: Crowd?
    private let shared: Shared
    private var threads: [SystemThread] = []

    /// - Parameter crowd: decides for each job how many of the workers take part; nil: all.
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
    /// Every tile is computed in the ``FloatingPointMode``; the mode of the caller's thread is restored afterwards.
    ///
    /// - Throws: `limitExceeded` if the system refuses threads.
    func run(_ job: any Job, tiles: Int) throws {
        let workers = min(size, crowd?.width ?? size)
        if workers > 1, tiles > 1, threads.count < workers - 1 { try start(workers - 1) }
        FloatingPointMode.during {
            guard workers > 1, tiles > 1 else {
                for tile in 0..<tiles { job.run(tile: tile, worker: 0) }
                return
            }
            shared.run(job, tiles: tiles, workers: workers)
        }
    }

    /// Starts the threads that are missing. If the system refuses one, the threads that were started stay for smaller
    /// jobs, and the next large job asks again.
    private func start(_ count: Int) throws {
        let last = shared.lastGeneration
        for worker in threads.count + 1...count {
            threads.append(try SystemThread(name: "deeper-worker") { [shared] in shared.work(worker, after: last) })
        }
    }

    /// The state that the caller and the workers share; it outlives the team for as long as a worker runs.
    final class Shared: @unchecked Sendable {
        private let monitor = Monitor()
        /// The number of jobs and, in the low bits, the number of workers of the latest job. Both are in one word, so
        /// that a worker that the job does not need may read it at any time.
        private let generation = Atomic<Int>(0)
        /// The latest job's number, whether workers may still enter it, and how many are in it. A worker that comes too
        /// late finds the job closed, or another one, and touches nothing of it.
        private let entrance = Atomic<Int>(0)
        /// The next tile of each worker's part. Most of the time, each is written by only one core.
        private let parts: [Part]
        /// The workers that sleep, without those that were woken.
        private let sleepers = Atomic<Int>(0)
        private let isStopping = Atomic<Bool>(false)
        // Written before `generation` is increased, and read after: its release and acquire order the accesses.
        private var job: (any Job)?
        private var tiles = 0
        private static let spins = 4000
        private static let workerBits = 16
        /// The bit of ``entrance`` above the number of workers.
        private static let open = 1 << workerBits

        private final class Part: Sendable {
            let next = Atomic<Int>(0)
            // Two parts in one cache line would make it bounce between cores.
            private let padding = InlineArray<16, Int>(repeating: 0)
        }

        init(workers: Int) { parts = (0..<workers).map { _ in Part() } }

        func run(_ job: any Job, tiles: Int, workers: Int) {
            self.job = job
            self.tiles = tiles
            for index in 0..<workers {
                parts[index].next.store(partition(tiles, part: index, of: workers).lowerBound, ordering: .relaxed)
            }
            beginGeneration(workers: workers)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeAll() }
            takeTiles(job, 0, of: workers)
            entrance.bitwiseAnd(~Shared.open, ordering: .acquiringAndReleasing)
            var spins = 0
            while entrance.load(ordering: .acquiring) & (Shared.open - 1) > 0 {
                spins += 1
                if spins < Shared.spins { ct_spin_hint() } else { sched_yield() }
            }
            self.job = nil
        }

        /// The latest job's number, which is over: a worker that starts must not take part in it. Called by the caller.
        var lastGeneration: Int { generation.load(ordering: .relaxed) }

        private func beginGeneration(workers: Int) {
            // Only the caller writes the generation.
            let number = Self.number(generation.load(ordering: .relaxed)) + 1
            entrance.store(number << (Self.workerBits + 1) | Self.open, ordering: .relaxed)
            generation.store(number << Self.workerBits | workers, ordering: .sequentiallyConsistent)
        }

        private static func number(_ generation: Int) -> Int { generation >> workerBits }

        /// Enters the job with a number, which then waits for this worker.
        private func enter(_ number: Int) -> Bool {
            var expected = number << (Self.workerBits + 1) | Self.open
            while true {
                let (exchanged, original) = entrance.weakCompareExchange(
                    expected: expected, desired: expected + 1, ordering: .acquiringAndReleasing)
                if exchanged { return true }
                guard original >> (Self.workerBits + 1) == number, original & Self.open != 0 else { return false }
                expected = original
            }
        }

        private func wakeAll() {
            monitor.withLock {
                // Those that are woken count no longer, so that the jobs until they run need no lock.
                sleepers.store(0, ordering: .sequentiallyConsistent)
                monitor.broadcast()
            }
        }

        func stop() {
            isStopping.store(true, ordering: .sequentiallyConsistent)
            beginGeneration(workers: 0)
            wakeAll()
        }

        func work(_ worker: Int, after last: Int) {
            FloatingPointMode.enter()
            var seen = last
            while true {
                waitForChange(of: seen)
                seen = generation.load(ordering: .acquiring)
                if isStopping.load(ordering: .acquiring) { return }
                let workers = seen & (1 << Self.workerBits - 1)
                guard worker < workers, enter(Self.number(seen)) else { continue }
                if let job { takeTiles(job, worker, of: workers) }
                entrance.subtract(1, ordering: .releasing)
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
                while true {
                    // Once more after being woken for a job that is over.
                    sleepers.add(1, ordering: .sequentiallyConsistent)
                    guard generation.load(ordering: .sequentiallyConsistent) == seen else { return }
                    monitor.wait()
                }
            }
        }
    }
}
