#if Server
internal import DeeperModelServing
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// Applies changes while the server runs: of models and certificates upon SIGHUP, of models also at intervals.
struct Reloading: Service {
    private final class Hangup: Sendable {
        let isPending = Atomic(false)
    }

    let core: ServingCore
    let certificates: Certificates?
    /// The signals; nil for none.
    let hangups: UnixSignalsSequence?
    /// Returns the current configuration; nil if it does not change.
    let configuration: (@Sendable () throws -> ServingConfiguration)?

    func run() async throws {
        let (events, sender) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        // Stored separately from the events, of which only the last one is kept.
        let hangup = Hangup()
        await withTaskGroup { group in
            if let hangups {
                group.addTask {
                    for await _ in hangups {
                        hangup.isPending.store(true, ordering: .sequentiallyConsistent)
                        sender.yield()
                    }
                }
            }
            if core.configuration.modelPoll > 0 {
                group.addTask {
                    while (try? await Task.sleep(for: .seconds(core.configuration.modelPoll))) != nil {
                        sender.yield()
                    }
                }
            }
            group.addTask { await takeOver(events, hangup) }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func takeOver(_ events: AsyncStream<Void>, _ hangup: Hangup) async {
        var current = core.configuration
        for await _ in events {
            let isSignal = hangup.isPending.exchange(false, ordering: .sequentiallyConsistent)
            do {
                if isSignal {
                    core.logger.notice("reloading upon SIGHUP")
                    if let configuration { current = try await core.coding { try configuration() } }
                    try certificates?.reload()
                }
                let latest = current
                await core.repository.update(try await core.coding { try latest.sources() })
                if isSignal { core.logger.notice("reloaded") }
            } catch {
                core.logger.error("not reloaded", metadata: ["error": "\(error)"])
            }
        }
    }
}
#endif
