import Foundation
import Testing

extension DeeperProcess {
    /// The peak memory of `deeper ARGUMENTS`, as the kernel counts it; its output is thrown away.
    static func peakByteCount(_ arguments: [String]) throws -> Int {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        try #require(posix_spawn(&child, path, &actions, nil, &words, environ) == 0)
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0 { try #require(errno == EINTR) }
        try #require(status == 0, "deeper \(arguments.joined(separator: " ")): wait status \(status)")
        return usage.ru_maxrss << 10
    }
}
