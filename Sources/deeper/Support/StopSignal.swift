#if CommandLine
import Glibc
import Kernels
import Synchronization

/// Notes SIGINT and SIGTERM instead of ending: for work that has something to save. A second signal ends the process.
final class StopSignal: Sendable {
    private let received = Atomic<Int32>(0)

    /// The signal that came, 0 before.
    var number: Int32 { received.load(ordering: .relaxed) }

    /// Called by the main thread before it starts others, so that all of them are deaf to the signals.
    init() throws {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A file that grows beyond the process's limit is an error of its write then, not the end.
        signal(SIGXFSZ, SIG_IGN)
        try SystemThread(name: "deeper-signals") { [self] in
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, SIGINT)
            sigaddset(&set, SIGTERM)
            while true {
                var signal: Int32 = 0
                guard sigwait(&set, &signal) == 0 else { continue }
                if received.exchange(signal, ordering: .relaxed) != 0 { _exit(128 + signal) }
            }
        }.detach()
    }
}
#endif
