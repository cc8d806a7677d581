#if Server
internal import DeeperImaging
internal import DeeperModelServing
internal import DeeperTensors
internal import FoundationEssentials

extension ServingConfiguration {
    /// The names of all settings except for the models, as used in files. The environment variable of a setting is
    /// DEEPER_ and its name in capitals, with _ for -.
    public static var keys: [String] { setters.map(\.key) }

    /// Sets one setting from text.
    ///
    /// - Throws: `invalidInput` for an unknown name or a value of another kind.
    public mutating func set(_ key: String, to value: String) throws {
        guard let setter = Self.setters.first(where: { $0.key == key }) else {
            throw DeeperError(
                .invalidInput, "there is no setting \"\(key)\", only models, \(Self.keys.joined(separator: ", "))")
        }
        try setter.apply(&self, value)
    }

    /// Applies the settings of environment variables; variables with other names are ignored.
    public mutating func set(from environment: [String: String]) throws {
        for key in Self.keys {
            let name = Self.variable(of: key)
            // An empty token is a mistake, not a request for no token.
            guard let value = environment[name], !value.isEmpty || key.hasPrefix("token") else { continue }
            try locating("the environment's \(name)") { try set(key, to: value) }
        }
    }

    /// The environment variable of a setting, such as DEEPER_MAX_BATCH for max-batch.
    public static func variable(of key: String) -> String {
        "DEEPER_" + String(key.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    private struct Setter: Sendable {
        let key: String
        let apply: @Sendable (inout ServingConfiguration, String) throws -> Void
    }

    private static var setters: [Setter] {
        [
            Setter(key: "host") { $0.host = $1 },
            Setter(key: "port") { $0.port = try integer($1) },
            Setter(key: "grpc-port") { $0.grpcPort = $1 == "off" ? nil : try integer($1) },
            Setter(key: "health-port") { $0.healthPort = $1 == "off" ? nil : try integer($1) },
            Setter(key: "socket") { $0.socket = $1 },
            Setter(key: "model-folder") { $0.modelFolder = $1 },
            Setter(key: "model-poll") { $0.modelPoll = try number($1) },
            Setter(key: "version-policy") { $0.versionPolicy = try VersionPolicy($1) },
            Setter(key: "threads") { $0.threads = try integer($1) },
            Setter(key: "instances") { $0.instances = try integer($1) },
            Setter(key: "max-batch") { $0.maxBatch = try integer($1) },
            Setter(key: "preferred-batch") { $0.preferredBatch = try integer($1) },
            Setter(key: "max-delay") { $0.maxDelay = try integer($1) },
            Setter(key: "queue-limit") { $0.queueLimit = try integer($1) },
            Setter(key: "queue-latency") { $0.queueLatency = try number($1) },
            Setter(key: "warmup-size") { $0.warmUpExtent = try integer($1) },
            Setter(key: "max-body-bytes") { $0.maxBodyBytes = try integer($1) },
            Setter(key: "max-pending-bytes") { $0.maxPendingBytes = try integer($1) },
            Setter(key: "memory-bytes") { $0.memoryBytes = try integer($1) },
            Setter(key: "working-memory-bytes") { $0.workingMemoryBytes = try integer($1) },
            Setter(key: "max-connections") { $0.maxConnections = try integer($1) },
            Setter(key: "transfer-timeout") { $0.transferTimeout = try number($1) },
            Setter(key: "queue-timeout") { $0.queueTimeout = try number($1) },
            Setter(key: "idle-timeout") { $0.idleTimeout = try number($1) },
            Setter(key: "drain-delay") { $0.drainDelay = try number($1) },
            Setter(key: "drain-timeout") { $0.drainTimeout = try number($1) },
            Setter(key: "certificate") { $0.certificate = $1 },
            Setter(key: "private-key") { $0.privateKey = $1 },
            Setter(key: "client-certificates") { $0.clientCertificates = $1 },
            Setter(key: "token") { $0.token = $1 },
            Setter(key: "token-file") { $0.token = try firstLine(ofFile: $1) },
            Setter(key: "allowed-hosts") { $0.allowedHosts = $1.lowercased().split(separator: ",").map(String.init) },
            Setter(key: "cors-origins") { $0.corsOrigins = $1.split(separator: ",").map(String.init) },
            Setter(key: "model-control") { $0.allowsModelControl = try boolean($1) },
        ]
    }

    private static func integer(_ text: String) throws -> Int {
        guard let value = Int(text) else { throw DeeperError(.invalidInput, "\"\(text)\" is not an integer") }
        return value
    }

    private static func number(_ text: String) throws -> Double {
        guard let value = Double(text), value.isFinite else {
            throw DeeperError(.invalidInput, "\"\(text)\" is not a number")
        }
        return value
    }

    private static func boolean(_ text: String) throws -> Bool {
        switch text {
        case "true", "on": true
        case "false", "off": false
        default: throw DeeperError(.invalidInput, "\"\(text)\" is neither true nor false")
        }
    }

    /// Reads a token from a file, which is safer than the command line, which every process can read.
    private static func firstLine(ofFile path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DeeperError(.fileNotFound, "cannot be read").within(path)
        }
        return String(decoding: data.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }
}
#endif
