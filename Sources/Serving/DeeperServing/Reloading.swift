#if Server
internal import DeeperModelServing
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// Takes over what has changed while the server runs: models and certificates upon SIGHUP, models at intervals too.
struct Reloading: Service {
    private final class Hangup: Sendable {
        let isPending = Atomic(false)
    }

    let core: ServingCore
    let certificates: Certificates?
    /// Nil: no signals.
    let hangups: UnixSignalsSequence?
    /// The configuration as it is now; nil: it does not change.
    let configuration: (@Sendable () throws -> ServingConfiguration)?

    func run() async throws {
        let (events, sender) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        // Kept apart from the events, of which the last one only is kept.
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
