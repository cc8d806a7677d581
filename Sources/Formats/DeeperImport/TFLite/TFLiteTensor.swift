import DeeperTensors

/// A value of the graph, or a constant.
struct TFLiteTensor {
    let name: String
    /// The number of the type of elements in the schema.
    let type: Int
    /// The extents; those that are open are what they were when the file was written.
    let extents: [Int]
    /// Whether an extent is open.
    let isOpen: [Bool]
    /// Where the bytes of a constant are; empty for a value that is computed.
    let bytes: Range<Int>
    let scales: [Float]
    let zeroPoints: [Int]
    /// The axis of several scales.
    let scaleAxis: Int
    let sparsity: TFLiteSparsity?

    private static let mostAxes = 8

    init(_ table: FlatbufferTable, _ index: Int, _ buffers: [Range<Int>]) throws {
        let given = try table.text(3)
        name = given.isEmpty || given.utf8.count > TFLiteFile.mostNameBytes ? "tensor \(index)" : given
        type = try table.byte(1)
        extents = try table.ints(0)
        let signature = try table.ints(7)
        guard extents.count <= TFLiteTensor.mostAxes, signature.isEmpty || signature.count == extents.count else {
            throw DeeperError(
                .invalidModel, "the tensor has \(extents.count) axes and \(signature.count) in its signature")
        }
        _ = try Shape(validating: extents)
        isOpen = extents.indices.map { !signature.isEmpty && signature[$0] < 0 }
        let buffer = try table.unsigned(2)
        guard buffer < max(1, buffers.count) else {
            throw DeeperError(.invalidModel, "the tensor is in buffer \(buffer) of \(buffers.count)")
        }
        bytes = buffers.isEmpty ? 0..<0 : buffers[buffer]
        let quantization = try table.table(4)
        scales = try quantization?.floats(2) ?? []
        zeroPoints = try quantization?.longs(3) ?? []
        scaleAxis = try quantization?.int(6) ?? 0
        sparsity = try table.table(6).map { try TFLiteSparsity($0) }
        guard zeroPoints.count <= 1 || zeroPoints.count == scales.count,
            scales.count <= 1 || extents.indices.contains(scaleAxis) && extents[scaleAxis] == scales.count
        else {
            throw DeeperError(
                .invalidModel,
                "the tensor has \(scales.count) scales and \(zeroPoints.count) zero points for axis \(scaleAxis) of "
                    + "\(extents)")
        }
        guard try !table.flag(5) else {
            throw DeeperError(.unsupported, "\(name.quotedForMessage) keeps its value from one run to the next")
        }
    }

    var isConstant: Bool { !bytes.isEmpty }

    /// - Throws: `unsupported` for a type that deeper lacks.
    func elementType() throws -> ElementType {
        switch type {
        case 0: .float32
        case 1: .float16
        case 2: .int32
        case 3: .uint8
        case 4: .int64
        case 6: .bool
        case 7: .int16
        case 9: .int8
        case 10: .float64
        case 12: .uint64
        case 15: .uint32
        case 16: .uint16
        case 18: .bfloat16
        default:
            throw DeeperError(
                .unsupported, "the type of \(name.quotedForMessage), \(TFLiteTensor.typeNames[type] ?? "\(type)")")
        }
    }

    static let complex64 = 8
    private static let typeNames = [
        5: "string", 8: "complex64", 11: "complex128", 13: "resource", 14: "variant", 17: "int4", 19: "int2",
        20: "uint4",
    ]
}
