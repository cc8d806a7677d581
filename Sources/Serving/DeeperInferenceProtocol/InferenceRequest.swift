public import DeeperTensors

/// What a client wants computed, whichever way it came.
public struct InferenceRequest: Sendable {
    public struct Input: Sendable {
        public let name: String
        public let elementType: ElementType
        public let shape: Shape
        public let content: any TensorContent

        /// - Throws: `badRequest` if the bytes are not those of the shape.
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
        /// Classes to name instead of giving the elements; 0: none.
        public let classCount: Int
        /// Whether the elements are wanted as bytes; nil: as the request says for all.
        public let wantsBinary: Bool?

        public init(name: String, classCount: Int = 0, wantsBinary: Bool? = nil) {
            self.name = name
            self.classCount = classCount
            self.wantsBinary = wantsBinary
        }
    }

    /// Inputs and outputs that a request may name.
    public static let largestPortCount = 4096

    /// The most classes of one output that may be asked for.
    public static let largestClassCount = 1 << 16

    public var id: String?
    /// How long the request may wait before it is of no use.
    public var timeoutMicroseconds: Int?
    public var inputs: [Input]
    /// Nil: all outputs of the model.
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

    /// Bytes of all inputs.
    public var byteCount: Int { inputs.reduce(0) { $0 + $1.content.byteCount } }
}

extension Shape {
    /// Dimensions that a client may give.
    static let largestRequestedRank = 32

    /// A shape that a client gave.
    ///
    /// - Throws: `badRequest` for negative extents and for shapes beyond what can be addressed.
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
