import DeeperTensors

/// The weights of a `.caffemodel` file by the names of their layers. Large weights stay in the file.
///
/// Only names and blobs are read: the structure of the network comes from the prototxt.
struct CaffeWeights {
    let blobs: [String: [CaffeBlob]]

    // Field numbers of NetParameter and of the messages of its layers (caffe.proto).
    private static let firstLayers: UInt64 = 2
    private static let layer: UInt64 = 100
    private static let names: [UInt64: UInt64] = [firstLayers: 4, layer: 1]
    private static let blobFields: [UInt64: UInt64] = [firstLayers: 6, layer: 7]

    /// - Parameter source: what reads a part of the bytes later.
    /// - Throws: `invalidModel` if the bytes are not those of a network with layers.
    init(_ bytes: UnsafeRawBufferPointer, source: @escaping @Sendable (Range<Int>) -> any TensorSource) throws {
        guard let net = ProtobufFields(bytes, 0..<bytes.count) else {
            throw DeeperError(.invalidModel, "not a caffemodel: the bytes are not a protobuf message")
        }
        var blobs: [String: [CaffeBlob]] = [:]
        var layerCount = 0
        for field in net.all {
            guard let nameField = CaffeWeights.names[field.number], field.kind == .bytes else { continue }
            guard let layer = ProtobufFields(bytes, field.contents) else {
                throw DeeperError(.invalidModel, "layer \(layerCount) of the caffemodel is damaged")
            }
            layerCount += 1
            let name = layer.all.last { $0.number == nameField && $0.kind == .bytes }
            let text = name.map { String(decoding: bytes[$0.contents], as: UTF8.self) } ?? ""
            let found = try locating("layer \(text.quotedForMessage) of the caffemodel") {
                try layer.all.filter { $0.number == CaffeWeights.blobFields[field.number] && $0.kind == .bytes }
                    .map { try CaffeBlob(bytes, $0.contents, source: source) }
            }
            if !found.isEmpty { blobs[text] = found }
        }
        guard layerCount > 0 else { throw DeeperError(.invalidModel, "not a caffemodel: it has no layers") }
        self.blobs = blobs
    }
}

/// An array of numbers of a caffemodel or binaryproto file (`BlobProto`).
struct CaffeBlob {
    /// The extents; four of them in files from before 2014, the first ones 1 if there are fewer axes.
    let extents: [Int]
    let elementCount: Int
    private static let mostAxes = 32
    private let parts: [Range<Int>]
    private let isDouble: Bool
    private let source: @Sendable (Range<Int>) -> any TensorSource

    /// - Throws: `invalidModel` if the bytes are damaged, or extents and numbers do not agree.
    init(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>,
        source: @escaping @Sendable (Range<Int>) -> any TensorSource
    ) throws {
        guard let fields = ProtobufFields(bytes, range) else {
            throw DeeperError(
                .invalidModel, "a blob is damaged, or has more than a million numbers that are not packed")
        }
        var legacy: [UInt64: Int] = [:]
        var shape: [Int]?
        var floats: [Range<Int>] = []
        var doubles: [Range<Int>] = []
        for field in fields.all {
            switch (field.number, field.kind) {
            case (1...4, .number(let value)): legacy[field.number] = Int(truncatingIfNeeded: value)
            case (5, .bytes), (5, .fourBytes): CaffeBlob.join(field.contents, to: &floats)
            case (8, .bytes), (8, .eightBytes): CaffeBlob.join(field.contents, to: &doubles)
            case (7, .bytes):
                shape = try (shape ?? []) + CaffeBlob.extents(bytes, field.contents)
                guard shape?.count ?? 0 <= CaffeBlob.mostAxes else {
                    throw DeeperError(.invalidModel, "a shape has more than \(CaffeBlob.mostAxes) axes")
                }
            default: break
            }
        }
        extents = shape ?? (legacy.isEmpty ? [] : (1...4).map { legacy[$0] ?? 0 })
        elementCount = try Shape(validating: extents).elementCount
        isDouble = floats.isEmpty && !doubles.isEmpty
        parts = isDouble ? doubles : floats
        self.source = source
        let byteCount = parts.reduce(0) { $0 + $1.count }
        let size = isDouble ? 8 : 4
        guard byteCount == elementCount * size else {
            throw DeeperError(
                .invalidModel,
                "a blob has \(byteCount) bytes of numbers, its shape \(extents) takes \(elementCount * size)")
        }
    }

    /// Numbers that are written one by one have their keys between them.
    private static func join(_ range: Range<Int>, to parts: inout [Range<Int>]) {
        if let last = parts.last, last.upperBound == range.lowerBound {
            parts[parts.count - 1] = last.lowerBound..<range.upperBound
        } else if !range.isEmpty {
            parts.append(range)
        }
    }

    /// The extents of a `BlobShape`.
    private static func extents(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws -> [Int] {
        guard let fields = ProtobufFields(bytes, range) else { throw DeeperError(.invalidModel, "a shape is damaged") }
        var result: [Int] = []
        for field in fields.all where field.number == 1 {
            guard result.count < mostAxes else {
                throw DeeperError(.invalidModel, "a shape has more than \(mostAxes) axes")
            }
            switch field.kind {
            case .number(let value): result.append(Int(truncatingIfNeeded: value))
            case .bytes:
                var place = field.contents.lowerBound
                while place < field.contents.upperBound {
                    guard let value = protobufNumber(bytes, &place, field.contents.upperBound),
                        result.count < mostAxes
                    else {
                        throw DeeperError(.invalidModel, "a shape is damaged")
                    }
                    result.append(Int(truncatingIfNeeded: value))
                }
            default: throw DeeperError(.invalidModel, "a shape is damaged")
            }
        }
        return result
    }

    /// The numbers as float32, in another shape of as many elements.
    ///
    /// - Precondition: `shape` has ``elementCount`` elements.
    func tensor(_ shape: Shape) throws -> Tensor {
        if isDouble {
            let doubles = try Tensor(.float64, shape: shape) { try read(into: $0) }
            return try Tensor(doubles.elements(as: Double.self).map { Float($0) }, shape: shape)
        }
        if parts.count == 1 { return try Tensor(.float32, shape: shape, source: source(parts[0])) }
        return try Tensor(.float32, shape: shape) { try read(into: $0) }
    }

    private func read(into target: UnsafeMutableRawBufferPointer) throws {
        var offset = 0
        for part in parts {
            try source(part).read(into: UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + part.count]))
            offset += part.count
        }
    }
}
