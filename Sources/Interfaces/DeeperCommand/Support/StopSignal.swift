#if CommandLine
import Glibc
import Synchronization

/// Notes SIGINT, SIGTERM and SIGHUP instead of ending: for work that has something to save. A second signal ends the process.
///
/// A handler, not a thread that waits for signals: threads that libraries started before us are not deaf to them.
struct StopSignal {
    private static let received = Atomic<Int32>(0)

    /// The signal that came, 0 before.
    var number: Int32 { StopSignal.received.load(ordering: .relaxed) }

    init() {
        // Made before the handler can need it.
        StopSignal.received.store(0, ordering: .relaxed)
        var set = sigset_t()
        sigemptyset(&set)
        for name in [SIGINT, SIGTERM, SIGHUP] {
            sigaddset(&set, name)
            signal(name) { number in
                if StopSignal.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
            }
        }
        // Who started us may have been deaf to them, as Dispatch's threads are, and that is inherited.
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        // A file that grows beyond the process's limit is an error of its write then, not the end.
        signal(SIGXFSZ, SIG_IGN)
    }
}
#endif
