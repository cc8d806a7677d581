#if CommandLine
import Deeper
import DeeperTensors
import DeeperThreads
import Synchronization

/// Threads that call one engine at the same time, as those of a server do.
struct Callers {
    let count: Int

    /// The milliseconds of every timed run of all callers. The first caller is the calling thread.
    ///
    /// - Parameters:
    ///   - warmup: runs of each caller before its first timed one.
    ///   - seconds: time to spend on timed runs, at least 3 per caller; nil times `iterations` runs.
    func time(
        _ engine: Engine, _ inputs: [String: Tensor], warmup: Int, iterations: Int, seconds: Double?
    ) throws -> [Double] {
        let results = Results()
        let call: @Sendable () -> Void = {
            do {
                for _ in 0..<warmup { _ = try engine.runBlocking(inputs) }
                var times: [Double] = []
                let end = ContinuousClock.now + .seconds(seconds ?? 0)
                while seconds == nil ? times.count < iterations : times.count < 3 || ContinuousClock.now < end {
                    let start = ContinuousClock.now
                    _ = try engine.runBlocking(inputs)
                    times.append(milliseconds(ContinuousClock.now - start))
                }
                results.add(times)
            } catch {
                results.fail(error)
            }
        }
        let threads = try (1..<count).map { _ in try SystemThread(name: "deeper-caller", call) }
        call()
        for thread in threads { thread.join() }
        return try results.all()
    }

    private final class Results: Sendable {
        private let state = Mutex<(times: [Double], error: (any Error)?)>(([], nil))

        func add(_ times: [Double]) { state.withLock { $0.times += times } }
        func fail(_ error: any Error) { state.withLock { $0.error = $0.error ?? error } }
        func all() throws -> [Double] {
            try state.withLock { state in
                if let error = state.error { throw error }
                return state.times
            }
        }
    }
}
#endif
