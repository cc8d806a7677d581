#if Server
public import DeeperModelServing
internal import DeeperTensors

/// How a server works. The defaults suit one that has the machine for itself and talks to its own host only.
public struct ServingConfiguration: Sendable {
    /// Where to listen; "0.0.0.0" or "::" for all networks.
    public var host = "127.0.0.1"
    /// 0: any that is free.
    public var port = 8080
    /// Nil: no gRPC. 0: any that is free.
    public var grpcPort: Int? = 8081
    /// Where health and metrics are answered too, without token and TLS: connections to it do not count among the others,
    /// so that probes get through when those are used up. Nil: nowhere else.
    public var healthPort: Int?
    /// A Unix-domain socket for HTTP without TLS, next to the port.
    public var socket: String?
    public var models: [ModelSource] = []
    /// A folder with a folder for each model, which may come and go.
    public var modelFolder: String?
    /// Seconds between looks for models that appeared, changed or left; 0: only when told to.
    public var modelPoll = 0.0
    /// For models that say nothing else.
    public var versionPolicy = VersionPolicy.all

    /// Threads of one batch; nil: batches that are computed at once share the CPUs that this process may use.
    public var threads: Int?
    /// Batches computed at once; nil: as many as there are CPUs, or as they allow at that many threads each.
    public var instances: Int?
    /// For models that say nothing else.
    public var maxBatch = 8
    /// For models that say nothing else: rows up to which requests are joined; nil: measured.
    public var preferredBatch: Int?
    /// For models that say nothing else, in microseconds.
    public var maxDelay = 0
    /// For models that say nothing else: requests that may wait; nil: as many as are computed within ``queueLatency``.
    public var queueLimit: Int?
    /// For models that say nothing else: the extent of open dimensions with which a model is warmed up when it loads; nil:
    /// one that the network accepts.
    public var warmUpExtent: Int?
    /// Seconds that a request should wait at most, behind all others of its model.
    public var queueLatency = 1.0

    /// The largest request, in bytes.
    public var maxBodyBytes = 64 << 20
    /// The most bytes of memory for requests, computing and weights together; nil: three quarters of what the process may
    /// take.
    public var memoryBytes: Int?
    /// The part of it for requests, from their first byte to the last one of their answer, of all clients together; nil: a
    /// third, at most 1 GiB.
    public var maxPendingBytes: Int?
    /// The part of it for computing, of all models and shapes together; nil: what requests and weights leave.
    public var workingMemoryBytes: Int?
    /// Connections of each protocol; further ones wait, or are closed.
    public var maxConnections = 1024
    /// Seconds that a client may take for sending one request, or for reading one answer.
    public var transferTimeout = 30.0
    /// Seconds that a request may wait for its computation.
    public var queueTimeout = 30.0
    /// Seconds after which a connection without a request is closed.
    public var idleTimeout = 75.0
    /// Seconds between the moment when readiness goes false and the end of listening.
    public var drainDelay = 0.0
    /// Seconds that accepted requests have at the end.
    public var drainTimeout = 30.0

    /// PEM files; both or none.
    public var certificate: String?
    public var privateKey: String?
    /// A PEM file with the certificates that clients' certificates have to be signed with; nil: clients need none.
    public var clientCertificates: String?
    /// What clients have to send as "Authorization: Bearer ..."; health needs none.
    public var token: String?
    /// Names beside the loopback's by which clients may call a server that only its own machine reaches, as a proxy's.
    public var allowedHosts: [String] = []
    /// Pages of these origins may use the server from a browser; "*" for all.
    public var corsOrigins: [String] = []
    /// Whether clients may load and unload models.
    public var allowsModelControl = true

    public init() {}

    /// A model for which the server's settings hold.
    public func source(name: String, path: String) -> ModelSource {
        var source = ModelSource(
            name: name, path: path, maxBatch: maxBatch, preferredBatch: preferredBatch,
            maxDelayMicroseconds: maxDelay, queueLimit: queueLimit,
            queueLatency: queueLatency)
        source.versionPolicy = versionPolicy
        source.warmUpExtent = warmUpExtent
        return source
    }

    /// All models: those that are named, and those of the folder now.
    ///
    /// - Throws: `fileNotFound` if the folder is not there.
    func sources() throws -> [ModelSource] {
        guard let modelFolder else { return models }
        let named = Set(models.map(\.name))
        return try models + ModelSource.inFolder(modelFolder, source).filter { !named.contains($0.name) }
    }

    /// - Throws: `invalidInput` for values that make no sense.
    public func validate() throws {
        func check(_ isFit: Bool, _ message: @autoclosure () -> String) throws {
            guard isFit else { throw DeeperError(.invalidInput, message()) }
        }
        try check((0...65535).contains(port), "the port is \(port), expected 0 to 65535")
        try check((0...65535).contains(grpcPort ?? 0), "the gRPC port is \(grpcPort ?? 0), expected 0 to 65535")
        try check((0...65535).contains(healthPort ?? 0), "the health port is \(healthPort ?? 0), expected 0 to 65535")
        try check(
            healthPort == nil || healthPort == 0 || healthPort != port && healthPort != grpcPort,
            "health-port is \(healthPort ?? 0), which is already the port of another protocol")
        try check(
            port == 0 || grpcPort != port, "HTTP and gRPC cannot both listen on port \(port); grpc-port off means none")
        try check((1...1024).contains(threads ?? 1), "threads is \(threads ?? 1), expected 1 to 1024")
        try check((1...1024).contains(instances ?? 1), "instances is \(instances ?? 1), expected 1 to 1024")
        try check(
            ModelSource.warmUpExtents.contains(warmUpExtent ?? 1),
            "warmup-size is \(warmUpExtent ?? 1), expected 1 to 65536")
        try check((1...1 << 40).contains(maxBodyBytes), "max-body-bytes is \(maxBodyBytes), expected at least 1")
        try check(
            (maxBodyBytes...1 << 40).contains(maxPendingBytes ?? maxBodyBytes),
            "max-pending-bytes is \(maxPendingBytes ?? 0), expected at least max-body-bytes, \(maxBodyBytes)")
        try check(
            (1...1 << 50).contains(workingMemoryBytes ?? 1),
            "working-memory-bytes is \(workingMemoryBytes ?? 1), expected at least 1")
        try check(
            (1...1 << 50).contains(memoryBytes ?? 1), "memory-bytes is \(memoryBytes ?? 1), expected at least 1")
        let parts = memory.pending + (workingMemoryBytes ?? MemoryShares.leastWorking)
        try check(
            parts <= memory.total,
            "memory-bytes is \(memory.total), less than the \(parts) bytes for requests and computing")
        try check((1...1_000_000).contains(maxConnections), "max-connections is \(maxConnections), expected at least 1")
        for (name, value) in [
            ("transfer-timeout", transferTimeout), ("queue-latency", queueLatency), ("queue-timeout", queueTimeout),
            ("idle-timeout", idleTimeout),
        ] {
            try check((0.001...86400).contains(value), "\(name) is \(value) seconds, expected 0.001 to 86400")
        }
        try check(
            modelPoll == 0 || (0.1...86400).contains(modelPoll),
            "model-poll is \(modelPoll) seconds, expected 0 or 0.1 to 86400")
        try check(
            clientCertificates == nil || certificate != nil, "client-certificates needs certificate and private-key")
        for (name, value) in [("drain-delay", drainDelay), ("drain-timeout", drainTimeout)] {
            try check((0...3600).contains(value), "\(name) is \(value) seconds, expected 0 to 3600")
        }
        try check((certificate == nil) == (privateKey == nil), "TLS needs both a certificate and a private key")
        try check(token?.isEmpty != true, "the bearer token is empty")
        try check(!host.isEmpty, "the host is empty")
        for model in models { try model.validate() }
    }
}
#endif
