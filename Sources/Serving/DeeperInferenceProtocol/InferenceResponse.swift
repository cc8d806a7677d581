public import DeeperTensors

/// The response to one request: the outputs that were computed for it.
public struct InferenceResponse: Sendable {
    public struct Output: Sendable {
        public enum Content: Sendable {
            /// A part of the tensor of a whole batch.
            case elements(Tensor, bytes: Range<Int>)
            /// Strings, of the datatype BYTES.
            case strings([String])
        }

        public let name: String
        public let shape: [Int]
        public let content: Content
        public let wantsBinary: Bool

        public init(name: String, shape: [Int], content: Content, wantsBinary: Bool) {
            self.name = name
            self.shape = shape
            self.content = content
            self.wantsBinary = wantsBinary
        }

        public var datatype: String {
            switch content {
            case .elements(let tensor, _): tensor.elementType.datatype
            case .strings: "BYTES"
            }
        }

        /// The number of bytes of the output if it is sent as bytes.
        public var byteCount: Int {
            switch content {
            case .elements(_, let range): range.count
            case .strings(let strings): strings.reduce(0) { $0 + 4 + $1.utf8.count }
            }
        }

        /// Calls `body` with the output as bytes: elements little-endian, each string after its length in 4 bytes.
        public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
            switch content {
            case .elements(let tensor, let range):
                return try tensor.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
            case .strings(let strings):
                var bytes: [UInt8] = []
                bytes.reserveCapacity(byteCount)
                for string in strings {
                    withUnsafeBytes(of: UInt32(string.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
                    bytes.append(contentsOf: string.utf8)
                }
                return try bytes.withUnsafeBytes(body)
            }
        }
    }

    public let modelName: String
    public let modelVersion: String
    public let id: String?
    public let outputs: [Output]

    public init(modelName: String, modelVersion: String, id: String?, outputs: [Output]) {
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.id = id
        self.outputs = outputs
    }
}
