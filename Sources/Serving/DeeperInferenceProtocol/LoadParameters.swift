internal import DeeperJSON
internal import DeeperTensors

/// Checks the parameters of requests to load and to unload a model.
public enum LoadParameters {
    /// Accepted but ignored, because models here have no dependents.
    private static let dependents = "unload_dependents"

    /// Refuses parameters that deeper does not support. Triton lets a request bring the model or its configuration.
    /// Here both come from the server's files, and a request that expects otherwise must not seem to succeed.
    ///
    /// - Throws: `badRequest`.
    public static func check(_ names: some Sequence<String>) throws {
        guard let name = names.first(where: { $0 != dependents }) else { return }
        throw ServingError(
            .badRequest,
            "the parameter \"\(name)\" is not supported: models and their configuration are read from the server's files"
        )
    }

    /// - Parameter body: the body of the HTTP request, which may be empty.
    /// - Throws: `badRequest`.
    public static func check(body: [UInt8]) throws {
        guard !body.isEmpty else { return }
        var names: [String] = []
        do {
            var reader = try JSONReader(body, errors: .invalidInput)
            try reader.object { name, reader in
                if reader.skipNull() { return }
                guard name == "parameters" else { return try reader.skipValue() }
                try reader.object { name, reader in
                    names.append(name)
                    if name == dependents { _ = try reader.boolean() } else { try reader.skipValue() }
                }
            }
            try reader.end()
        } catch let error as DeeperError {
            throw ServingError(.badRequest, "\(error)")
        }
        try check(names)
    }
}
