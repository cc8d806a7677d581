internal import CDeeperThreads
internal import DeeperTensors
internal import Glibc

/// A system thread with a name. It blocks all signals, so that these are delivered to the host's threads.
///
/// Foundation's Thread is not used because it reports neither that the system refused a thread nor when a thread has
/// ended.
public final class SystemThread: Sendable {
    private let handle: pthread_t

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread.
    ///
    /// - Parameter name: at most 15 characters.
    /// - Throws: `limitExceeded` if the system refuses.
    public init(name: String, _ body: @escaping @Sendable () -> Void) throws {
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        let ticket = Unmanaged.passRetained(
            Body {
                ct_name_thread(name)
                body()
            })
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, ticket.toOpaque())
        guard status == 0 else {
            ticket.release()
            throw DeeperError(.limitExceeded, "the system refused thread \(name) (error \(status))")
        }
        handle = thread
    }

    /// Waits for the thread to end. Exactly one of this and ``detach()`` must be called, once.
    public func join() { pthread_join(handle, nil) }

    /// Lets the thread run on its own; nothing waits for it.
    public func detach() { pthread_detach(handle) }
}
