internal import DeeperJSON

/// What the members called "parameters" may say that matters here.
struct Parameters {
    var binaryDataSize: Int?
    var binaryData: Bool?
    var binaryDataOutput: Bool?
    var classification: Int?
    /// Microseconds.
    var timeout: Int?

    init() {}

    init(_ reader: inout JSONReader) throws {
        try reader.object { name, reader in
            if reader.skipNull() { return }
            switch name {
            case "binary_data_size": binaryDataSize = Int(try reader.integer())
            case "binary_data": binaryData = try reader.boolean()
            case "binary_data_output": binaryDataOutput = try reader.boolean()
            case "classification": classification = Int(try reader.integer())
            case "timeout": timeout = Int(try reader.integer())
            default: try reader.skipValue()
            }
        }
    }
}
