#if CommandLine && Server
import ArgumentParser
import DeeperServing
import DeeperTensors
import Glibc

/// The flags of deeper-server. A flag takes precedence over the environment, and the environment over the file.
struct ServeOptions: ParsableArguments {
    @Option(help: "A JSON file with settings and models.")
    var config: String?

    @Option(help: "Address to listen on (default: 127.0.0.1); 0.0.0.0 for all networks.")
    var host: String?

    @Option(help: "Port for HTTP (default: 8080); 0 for any free port.")
    var port: Int?

    @Option(help: "Port for gRPC (default: 8081); 0 for any free port, off for no gRPC.")
    var grpcPort: String?

    @Option(help: "An extra port for health and metrics only: no token, no TLS, connections counted separately.")
    var healthPort: Int?

    @Option(help: "Path of a Unix-domain socket that also serves HTTP, without TLS.")
    var socket: String?

    @Option(help: "A folder with one subfolder per model.")
    var modelFolder: String?

    @Option(help: "Seconds between checks for new, changed or removed models (default: only on SIGHUP).")
    var modelPoll: Double?

    @Option(help: "The versions of a model to serve: all, latest:COUNT or specific:NUMBER,... (default: all).")
    var versionPolicy: String?

    @Option(
        help: """
            Number of batches computed at the same time (default: the CPUs divided by --threads; without --threads, as \
            many as there are CPUs, which the batches then share).
            """)
    var instances: Int?

    @Option(help: "Largest number of rows in one request (default: 8).")
    var maxBatch: Int?

    @Option(help: "Rows up to which requests are joined; 1 joins none (default: the fastest, measured at startup).")
    var preferredBatch: Int?

    @Option(help: "Microseconds that a request waits for others to join (default: 0).")
    var maxDelay: Int?

    @Option(help: "Requests of one model that may wait; further ones are refused (default: from --queue-latency).")
    var queueLimit: Int?

    @Option(help: "Target for the longest wait in seconds; sets --queue-limit by measurement (default: 1).")
    var queueLatency: Double?

    @Option(help: "Largest request in bytes (default: 64 MiB).")
    var maxBodyBytes: Int?

    @Option(
        help: """
            Memory limit in bytes for requests, computation and weights together (default: three quarters of what the \
            process may use).
            """)
    var memoryBytes: Int?

    @Option(help: "The part of --memory-bytes for requests and their answers (default: a third, at most 1 GiB).")
    var maxPendingBytes: Int?

    @Option(help: "The part of --memory-bytes for computation (default: what requests and weights leave).")
    var workingMemoryBytes: Int?

    @Option(help: "Largest number of connections of each protocol (default: 1024).")
    var maxConnections: Int?

    @Option(help: "Seconds that a client may take to send a request or read an answer (default: 30).")
    var transferTimeout: Double?

    @Option(help: "Seconds that a request may wait for its turn (default: 30).")
    var queueTimeout: Double?

    @Option(help: "Seconds until an unused connection is closed (default: 75).")
    var idleTimeout: Double?

    @Option(help: "Seconds to keep serving after the server reports that it is no longer ready (default: 0).")
    var drainDelay: Double?

    @Option(help: "Seconds that accepted requests have to finish after SIGTERM (default: 30).")
    var drainTimeout: Double?

    @Option(help: "Certificate chain for TLS, a PEM file.")
    var certificate: String?

    @Option(help: "Private key for TLS, a PEM file.")
    var privateKey: String?

    @Option(help: "CA certificates, a PEM file; clients need a certificate signed by one of them (default: none).")
    var clientCertificates: String?

    @Option(help: "A file with the bearer token that clients must send.")
    var tokenFile: String?

    @Option(help: "Host names, separated by commas, under which a proxy on this machine may call the server.")
    var allowedHosts: String?

    @Option(help: "Origins, separated by commas, whose pages may use the server from a browser; * for all.")
    var corsOrigins: String?

    @Flag(help: "Refuse requests of clients to load or unload models.")
    var noModelControl = false

    /// Settings from file, environment and flags, each overriding those before; without models.
    func configuration() throws -> ServingConfiguration {
        var result = ServingConfiguration()
        let environment = ServeOptions.environment
        if let file = config ?? environment["DEEPER_CONFIG"] { try result.set(fromFile: file) }
        try result.set(from: environment)
        let flags: [(String, String?)] = [
            ("host", host), ("port", port.map(String.init)), ("grpc-port", grpcPort),
            ("health-port", healthPort.map(String.init)), ("socket", socket), ("model-folder", modelFolder),
            ("model-poll", modelPoll.map { "\($0)" }), ("version-policy", versionPolicy),
            ("instances", instances.map(String.init)), ("max-batch", maxBatch.map(String.init)),
            ("preferred-batch", preferredBatch.map(String.init)),
            ("max-delay", maxDelay.map(String.init)), ("queue-limit", queueLimit.map(String.init)),
            ("queue-latency", queueLatency.map { "\($0)" }), ("max-body-bytes", maxBodyBytes.map(String.init)),
            ("max-pending-bytes", maxPendingBytes.map(String.init)),
            ("memory-bytes", memoryBytes.map(String.init)),
            ("working-memory-bytes", workingMemoryBytes.map(String.init)),
            ("max-connections", maxConnections.map(String.init)),
            ("transfer-timeout", transferTimeout.map { "\($0)" }), ("queue-timeout", queueTimeout.map { "\($0)" }),
            ("idle-timeout", idleTimeout.map { "\($0)" }), ("drain-delay", drainDelay.map { "\($0)" }),
            ("drain-timeout", drainTimeout.map { "\($0)" }), ("certificate", certificate),
            ("private-key", privateKey), ("client-certificates", clientCertificates), ("cors-origins", corsOrigins),
            ("token-file", tokenFile), ("allowed-hosts", allowedHosts),
            ("model-control", noModelControl ? "off" : nil),
        ]
        for (key, value) in flags {
            guard let value else { continue }
            try locating("--\(key)") { try result.set(key, to: value) }
        }
        return result
    }

    private static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0].hasPrefix("DEEPER_") { result[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return result
    }
}
#endif
