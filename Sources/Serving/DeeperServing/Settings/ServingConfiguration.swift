#if Server
public import DeeperModelServing
internal import DeeperTensors

/// The settings of a server. The defaults suit a server that has the machine to itself and is reached only from its own
/// host.
public struct ServingConfiguration: Sendable {
    /// The address to listen on; "0.0.0.0" or "::" for all networks.
    public var host = "127.0.0.1"
    /// 0: any that is free.
    public var port = 8080
    /// The port for gRPC; 0 for any free port, nil for no gRPC.
    public var grpcPort: Int? = 8081
    /// An additional port for health and metrics, without token and TLS. Connections to it are counted separately, so
    /// that probes get through when the others are used up. Nil for no such port.
    public var healthPort: Int?
    /// A Unix-domain socket for HTTP without TLS, next to the port.
    public var socket: String?
    /// The models to serve, in addition to those of ``modelFolder``.
    public var models: [ModelSource] = []
    /// A folder with one subfolder per model; models may be added and removed while the server runs.
    public var modelFolder: String?
    /// Seconds between checks for models that were added, changed or removed; 0 checks only on request.
    public var modelPoll = 0.0
    /// For models that say nothing else.
    public var versionPolicy = VersionPolicy.all

    /// Threads of one batch. If nil, batches that are computed at the same time share the CPUs that this process may
    /// use.
    public var threads: Int?
    /// The number of batches computed at the same time. If nil, the number of CPUs, divided by ``threads`` if that is
    /// set.
    public var instances: Int?
    /// For models that say nothing else.
    public var maxBatch = 8
    /// The default for models: rows up to which requests are joined; nil if it is measured.
    public var preferredBatch: Int?
    /// The default for models, in microseconds.
    public var maxDelay = 0
    /// The default for models: the number of requests that may wait; nil for as many as are computed within
    /// ``queueLatency``.
    public var queueLimit: Int?
    /// The default for models: the extent of open dimensions with which a model is warmed up when it loads; nil for one
    /// that the network accepts.
    public var warmUpExtent: Int?
    /// The longest time that a request should wait for the other requests of its model, in seconds.
    public var queueLatency = 1.0

    /// The largest request, in bytes.
    public var maxBodyBytes = 64 << 20
    /// The memory limit for requests, computation and weights together, in bytes; nil for three quarters of what the
    /// process may use.
    public var memoryBytes: Int?
    /// The part of ``memoryBytes`` for requests, from their first byte to the last byte of their answer, of all clients
    /// together; nil for a third, at most 1 GiB.
    public var maxPendingBytes: Int?
    /// The part of ``memoryBytes`` for computation, of all models and shapes together; nil for what requests and
    /// weights leave.
    public var workingMemoryBytes: Int?
    /// The largest number of connections of each protocol; further ones wait, or are closed.
    public var maxConnections = 1024
    /// Seconds that a client may take to send one request, or to read one answer.
    public var transferTimeout = 30.0
    /// Seconds that a request may wait for its computation.
    public var queueTimeout = 30.0
    /// Seconds after which a connection without a request is closed.
    public var idleTimeout = 75.0
    /// Seconds between the moment when the server reports that it is not ready and the end of listening.
    public var drainDelay = 0.0
    /// Seconds that accepted requests have to finish when the server ends.
    public var drainTimeout = 30.0

    /// PEM files; both or none.
    public var certificate: String?
    /// The PEM file of the private key of ``certificate``.
    public var privateKey: String?
    /// A PEM file with the certificates by which clients' certificates must be signed; nil if clients need none.
    public var clientCertificates: String?
    /// The token that clients must send as "Authorization: Bearer ..."; health probes need none.
    public var token: String?
    /// Host names, in addition to the loopback's, under which clients such as a proxy may call a server that is
    /// reachable only from its own machine.
    public var allowedHosts: [String] = []
    /// Pages of these origins may use the server from a browser; "*" for all.
    public var corsOrigins: [String] = []
    /// Whether clients may load and unload models.
    public var allowsModelControl = true

    /// The default settings, without models.
    public init() {}

    /// Creates a source with the server's defaults.
    public func source(name: String, path: String) -> ModelSource {
        var source = ModelSource(
            name: name, path: path, maxBatch: maxBatch, preferredBatch: preferredBatch,
            maxDelayMicroseconds: maxDelay, queueLimit: queueLimit,
            queueLatency: queueLatency)
        source.versionPolicy = versionPolicy
        source.warmUpExtent = warmUpExtent
        return source
    }

    /// All models: those that are named, and those that are in the folder now.
    ///
    /// - Throws: `fileNotFound` if the folder does not exist.
    func sources() throws -> [ModelSource] {
        guard let modelFolder else { return models }
        let named = Set(models.map(\.name))
        return try models + ModelSource.inFolder(modelFolder, source).filter { !named.contains($0.name) }
    }

    /// - Throws: `invalidInput` for values that are out of range or contradict each other.
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
