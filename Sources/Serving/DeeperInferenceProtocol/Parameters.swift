internal import DeeperJSON

/// The members of "parameters" objects that have a meaning here.
struct Parameters {
    var binaryDataSize: Int?
    var binaryData: Bool?
    var binaryDataOutput: Bool?
    var classification: Int?
    /// The timeout in microseconds.
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
