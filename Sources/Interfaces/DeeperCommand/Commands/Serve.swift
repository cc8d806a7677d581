#if CommandLine
import ArgumentParser
import DeeperTensors
import Glibc

/// Replaces the process by the executable deeper-server, a separate product because building it takes minutes.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve models over HTTP and gRPC.",
        discussion: "Runs deeper-server from the folder of deeper with the same arguments: see deeper-server --help.")

    @Argument(parsing: .captureForPassthrough, help: "Arguments of deeper-server.")
    var arguments: [String] = []

    func run() throws {
        let server = try Serve.folder() + "/deeper-server"
        let words = ([server] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        execv(server, words)
        let reason = String(cString: strerror(errno))
        throw DeeperError(
            errno == ENOENT ? .fileNotFound : .internalFault,
            "the server is a separate program and cannot be started: \(reason); `make build` builds it next to deeper"
        ).within(server)
    }

    /// The folder of this executable.
    private static func folder() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw DeeperError(.internalFault, "the folder of this executable cannot be found without /proc")
        }
        defer { free(path) }
        return String(cString: path).split(separator: "/").dropLast().map { "/" + $0 }.joined()
    }
}
#endif
