public import DeeperTensors

/// The description of a model that clients receive.
public struct ModelDescription: Sendable {
    public struct Port: Sendable {
        public let name: String
        public let elementType: ElementType
        /// Extents; -1 for an extent that is not fixed.
        public let shape: [Int]

        public init(name: String, elementType: ElementType, shape: [Int]) {
            self.name = name
            self.elementType = elementType
            self.shape = shape
        }
    }

    /// The name of the program that runs the model, called platform in the protocol.
    public static let platform = "deeper_onnx"
    public static let backend = "deeper"

    public let name: String
    /// All versions that are ready, in ascending order.
    public var versions: [String]
    public let inputs: [Port]
    public let outputs: [Port]
    /// The largest number of rows in one request, along the first dimension of every port; 0 for a model without such a
    /// dimension.
    public let maxBatch: Int
    /// The number of rows up to which requests are joined.
    public let preferredBatch: Int
    /// How long a request may wait for others to join, in microseconds.
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

    /// A port's extents without the batch, as in Triton's model configuration.
    public func configurationShape(of port: Port) -> [Int] { maxBatch > 0 ? Array(port.shape.dropFirst()) : port.shape }
}
