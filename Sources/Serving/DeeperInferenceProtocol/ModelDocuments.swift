/// The answer to a request for a model's metadata.
public struct MetadataDocument: Encodable, Sendable {
    public struct Port: Encodable, Sendable {
        let name: String
        let datatype: String
        let shape: [Int]

        init(_ port: ModelDescription.Port) {
            name = port.name
            datatype = port.elementType.datatype
            shape = port.shape
        }
    }

    let name: String
    let versions: [String]
    let platform: String
    let inputs: [Port]
    let outputs: [Port]

    public init(_ model: ModelDescription) {
        name = model.name
        versions = model.versions
        platform = ModelDescription.platform
        inputs = model.inputs.map(Port.init)
        outputs = model.outputs.map(Port.init)
    }
}

/// The answer to a request for a model's configuration: the part of Triton's configuration that
/// applies to deeper.
public struct ConfigurationDocument: Encodable, Sendable {
    struct Port: Encodable, Sendable {
        let name: String
        let dataType: String
        let dims: [Int]

        enum CodingKeys: String, CodingKey {
            case name, dims
            case dataType = "data_type"
        }
    }

    struct DynamicBatching: Encodable, Sendable {
        let preferredBatchSize: [Int]
        let maxQueueDelay: Int
        let preserveOrdering = false

        enum CodingKeys: String, CodingKey {
            case preferredBatchSize = "preferred_batch_size"
            case maxQueueDelay = "max_queue_delay_microseconds"
            case preserveOrdering = "preserve_ordering"
        }
    }

    let name: String
    let platform = ModelDescription.platform
    let backend = ModelDescription.backend
    let maxBatchSize: Int
    let input: [Port]
    let output: [Port]
    let dynamicBatching: DynamicBatching?

    enum CodingKeys: String, CodingKey {
        case name, platform, backend, input, output
        case maxBatchSize = "max_batch_size"
        case dynamicBatching = "dynamic_batching"
    }

    public init(_ model: ModelDescription) {
        func port(_ port: ModelDescription.Port) -> Port {
            Port(
                name: port.name, dataType: port.elementType.configurationName,
                dims: model.configurationShape(of: port))
        }
        name = model.name
        maxBatchSize = model.maxBatch
        input = model.inputs.map(port)
        output = model.outputs.map(port)
        dynamicBatching =
            model.preferredBatch > 1
            ? DynamicBatching(
                preferredBatchSize: [model.preferredBatch], maxQueueDelay: model.maxDelayMicroseconds) : nil
    }
}
