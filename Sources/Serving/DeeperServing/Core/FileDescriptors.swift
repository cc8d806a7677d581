#if Server
internal import FoundationEssentials
internal import Glibc

/// The process's file descriptors.
enum FileDescriptors {
    /// How many are open; nil without /proc.
    static var openCount: Int? { try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }

    /// How many may be open; nil if the system does not say.
    static var limit: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int(clamping: limit.rlim_cur)
    }
}
#endif
