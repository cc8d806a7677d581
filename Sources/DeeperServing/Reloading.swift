#if Server
internal import Logging
internal import ModelServing
internal import ServiceLifecycle
internal import UnixSignals

/// Takes over what has changed while the server runs: models and certificates upon SIGHUP, models at intervals too.
struct Reloading: Service {
    private enum Event { case signal, interval }

    let core: ServingCore
    let certificates: Certificates?
    /// Nil: no signals.
    let hangups: UnixSignalsSequence?
    /// The configuration as it is now; nil: it does not change.
    let configuration: (@Sendable () throws -> ServingConfiguration)?

    func run() async throws {
        let (events, sender) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup { group in
            if let hangups {
                group.addTask { for await _ in hangups { sender.yield(.signal) } }
            }
            if core.configuration.modelPoll > 0 {
                group.addTask {
                    while (try? await Task.sleep(for: .seconds(core.configuration.modelPoll))) != nil {
                        sender.yield(.interval)
                    }
                }
            }
            group.addTask { await takeOver(events) }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func takeOver(_ events: AsyncStream<Event>) async {
        var current = core.configuration
        for await event in events {
            do {
                if event == .signal {
                    core.logger.notice("reloading upon SIGHUP")
                    if let configuration { current = try await core.coding { try configuration() } }
                    try certificates?.reload()
                }
                let latest = current
                await core.repository.update(try await core.coding { try latest.sources() })
                if event == .signal { core.logger.notice("reloaded") }
            } catch {
                core.logger.error("not reloaded", metadata: ["error": "\(error)"])
            }
        }
    }
}
#endif
