#if CommandLine
import Glibc
import Synchronization

/// Records SIGINT, SIGTERM and SIGHUP instead of ending the process, for work that has something to save. A second
/// signal ends the process.
///
/// Uses a handler, not a thread that waits for signals, because threads that libraries started earlier do not block
/// them.
struct StopSignal {
    private static let received = Atomic<Int32>(0)

    /// The signal that was received; 0 if none was.
    var number: Int32 { StopSignal.received.load(ordering: .relaxed) }

    init() {
        // Initialised before the handler can need it.
        StopSignal.received.store(0, ordering: .relaxed)
        var set = sigset_t()
        sigemptyset(&set)
        for name in [SIGINT, SIGTERM, SIGHUP] {
            sigaddset(&set, name)
            signal(name) { number in
                if StopSignal.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
            }
        }
        // The parent may have blocked these signals, as Dispatch's threads do, and the mask is inherited.
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        // A file that grows beyond the process's limit then fails the write instead of ending the process.
        signal(SIGXFSZ, SIG_IGN)
    }
}
#endif
