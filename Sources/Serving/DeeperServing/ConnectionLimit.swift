#if Server
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Synchronization

/// Limits the number of connections of a listener, and logs a line, at most once a minute, when they are used up.
///
/// When the process has no file descriptors left, SwiftNIO (2.101) keeps trying to accept without a pause. Therefore
/// there are never more connections than descriptors.
final class ConnectionLimit: Sendable, AvailableConnectionsDelegate {
    private let count: Int
    private let name: String
    private let logger: Logger
    private let isAccepting: SharedFlag
    private let open = Atomic(0)
    /// When the log last reported that all connections are used, in nanoseconds; 0 for never.
    private let lastSaid = Atomic<UInt64>(0)
    /// The time between two reports: connections come in waves when they are used up, and a line for each would fill
    /// the log.
    private static let silence = TimeAmount.minutes(1)

    /// - Parameters:
    ///   - name: the listener's name in the log.
    ///   - isAccepting: cleared when no more connections are accepted.
    init(_ count: Int, name: String, logger: Logger, isAccepting: SharedFlag) {
        self.count = count
        self.isAccepting = isAccepting
        self.name = name
        self.logger = logger
    }

    func connectionOpened() { open.add(1, ordering: .relaxed) }

    func connectionClosed() { open.subtract(1, ordering: .relaxed) }

    func isAcceptingNewConnections() -> Bool {
        guard isAccepting.isSet else { return false }
        if open.load(ordering: .relaxed) < count { return true }
        let now = NIODeadline.now().uptimeNanoseconds
        let last = lastSaid.load(ordering: .relaxed)
        if last == 0 || now > last + UInt64(Self.silence.nanoseconds),
            lastSaid.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        {
            logger.warning(
                "all \(count) connections are used, further ones wait or are closed", metadata: ["at": "\(name)"])
        }
        return false
    }

    /// The number of connections for which each of several listeners has file descriptors.
    static func supported(listeners: Int) -> Int {
        guard let total = FileDescriptors.limit else { return .max }
        // Descriptors for event loops, models and logs.
        let reserve = min(128, total / 4)
        return max(1, (total - (FileDescriptors.openCount ?? 0) - reserve) / max(1, listeners))
    }
}
#endif
