#if CommandLine && Server
import Glibc

enum FileDescriptorLimit {
    /// Raises the number of files and connections that may be open from the soft limit, which is meant for programs
    /// that use select, to the hard one.
    static func raise() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // If the system refuses, the limit stays as it was.
        _ = setrlimit(files, &limit)
    }
}
#endif
