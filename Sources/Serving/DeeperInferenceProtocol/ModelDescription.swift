public import DeeperTensors

/// What clients are told of a model.
public struct ModelDescription: Sendable {
    public struct Port: Sendable {
        public let name: String
        public let elementType: ElementType
        /// Extents; -1 where any will do.
        public let shape: [Int]

        public init(name: String, elementType: ElementType, shape: [Int]) {
            self.name = name
            self.elementType = elementType
            self.shape = shape
        }
    }

    /// The name of what reads the model, in the protocol's words.
    public static let platform = "deeper_onnx"
    public static let backend = "deeper"

    public let name: String
    /// All versions that are ready, in their order.
    public var versions: [String]
    public let inputs: [Port]
    public let outputs: [Port]
    /// The most rows of one request, along the first dimension of every port; 0 for a model without such a dimension.
    public let maxBatch: Int
    /// Requests are joined up to so many rows.
    public let preferredBatch: Int
    /// How long a request may wait for others.
    public let maxDelayMicroseconds: Int

    public init(
        name: String, versions: [String], inputs: [Port], outputs: [Port], maxBatch: Int, preferredBatch: Int,
        maxDelayMicroseconds: Int
    ) {
        self.name = name
        self.versions = versions
        self.inputs = inputs
        self.outputs = outputs
        self.maxBatch = maxBatch
        self.preferredBatch = preferredBatch
        self.maxDelayMicroseconds = maxDelayMicroseconds
    }

    /// A port's extents without the batch, as Triton's model configuration has them.
    public func configurationShape(of port: Port) -> [Int] { maxBatch > 0 ? Array(port.shape.dropFirst()) : port.shape }
}
