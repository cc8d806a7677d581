#if Server
internal import FoundationEssentials
internal import Glibc
internal import HummingbirdCore
internal import Logging
internal import Synchronization

/// How many connections a listener takes, and a line in the log whenever they are used up.
///
/// SwiftNIO (2.101) goes on trying to accept, without a pause, when the process has no file descriptors left. So there are
/// never more connections than descriptors.
final class ConnectionLimit: Sendable, AvailableConnectionsDelegate {
    let count: Int
    private let name: String
    private let logger: Logger
    private let open = Atomic(0)
    private let hasSaid = Atomic(false)

    /// - Parameter name: the listener's, in the log.
    init(_ count: Int, name: String, logger: Logger) {
        self.count = count
        self.name = name
        self.logger = logger
    }

    func connectionOpened() { open.add(1, ordering: .relaxed) }

    func connectionClosed() {
        let left = open.subtract(1, ordering: .relaxed).newValue
        // Not again and again while one comes for each that goes.
        if left <= count - max(1, count / 10) { hasSaid.store(false, ordering: .relaxed) }
    }

    func isAcceptingNewConnections() -> Bool {
        if open.load(ordering: .relaxed) < count { return true }
        if !hasSaid.exchange(true, ordering: .relaxed) {
            logger.warning(
                "all \(count) connections are used, further ones wait or are closed", metadata: ["at": "\(name)"])
        }
        return false
    }

    /// The connections for which each of some listeners has file descriptors.
    static func supported(listeners: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        let total = Int(clamping: limit.rlim_cur)
        let used = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        // For event loops, models and logs.
        let reserve = min(128, total / 4)
        return max(1, (total - used - reserve) / max(1, listeners))
    }
}
#endif
