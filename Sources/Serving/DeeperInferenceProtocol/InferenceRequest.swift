public import DeeperTensors

/// A request for an inference, independent of the transport by which it arrived.
public struct InferenceRequest: Sendable {
    public struct Input: Sendable {
        public let name: String
        public let elementType: ElementType
        public let shape: Shape
        public let content: any TensorContent

        /// - Throws: `badRequest` if the number of bytes does not fit the shape.
        public init(name: String, elementType: ElementType, shape: Shape, content: any TensorContent) throws {
            let expected = shape.elementCount.multipliedReportingOverflow(by: elementType.byteCount)
            guard !expected.overflow, content.byteCount == expected.partialValue else {
                throw ServingError(
                    .badRequest,
                    "input \"\(name)\" has \(content.byteCount) bytes, \(elementType.datatype)\(shape) takes "
                        + (expected.overflow ? "more than there are" : "\(expected.partialValue)"))
            }
            self.name = name
            self.elementType = elementType
            self.shape = shape
            self.content = content
        }
    }

    public struct Output: Sendable {
        public let name: String
        /// The number of classes to return instead of the elements; 0 returns the elements.
        public let classCount: Int
        /// Whether the elements are wanted as bytes; nil if the request decides for all outputs.
        public let wantsBinary: Bool?

        public init(name: String, classCount: Int = 0, wantsBinary: Bool? = nil) {
            self.name = name
            self.classCount = classCount
            self.wantsBinary = wantsBinary
        }
    }

    /// The largest number of inputs and of outputs that a request may name.
    public static let largestPortCount = 4096

    /// The largest number of classes of one output that may be requested.
    public static let largestClassCount = 1 << 16

    public var id: String?
    /// How long the request may wait before its answer is of no use, in microseconds.
    public var timeoutMicroseconds: Int?
    public var inputs: [Input]
    /// The requested outputs; nil requests all outputs of the model.
    public var outputs: [Output]?
    public var wantsBinary: Bool

    public init(
        id: String? = nil, timeoutMicroseconds: Int? = nil, inputs: [Input], outputs: [Output]? = nil,
        wantsBinary: Bool = false
    ) {
        self.id = id
        self.timeoutMicroseconds = timeoutMicroseconds
        self.inputs = inputs
        self.outputs = outputs
        self.wantsBinary = wantsBinary
    }

    /// The number of bytes of all inputs.
    public var byteCount: Int { inputs.reduce(0) { $0 + $1.content.byteCount } }
}

extension Shape {
    /// The largest number of dimensions that a client may give.
    static let largestRequestedRank = 32

    /// Creates a shape from the dimensions that a client gave.
    ///
    /// - Throws: `badRequest` for negative extents and for shapes that are too large to be addressed.
    public init(requested dimensions: [Int64]) throws {
        guard dimensions.count <= Shape.largestRequestedRank else {
            throw ServingError(.badRequest, "a shape has more than \(Shape.largestRequestedRank) dimensions")
        }
        do {
            try self.init(validating: dimensions.map { Int($0) })
        } catch {
            throw ServingError(.badRequest, "\(error)")
        }
    }
}
