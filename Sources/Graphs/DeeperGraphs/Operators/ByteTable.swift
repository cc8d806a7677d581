public import DeeperKernels
public import DeeperTensors

/// A function of one 8-bit number, as a table of its results. A pass replaces a function between DequantizeLinear and
/// QuantizeLinear by it; model files do not contain this operator.
public struct ByteTable: Operator {
    public static let name = "ByteTable"
    private let table: [UInt8]
    private let result: ElementType
    private let rescaling: ByteRescaling?

    /// - Parameters:
    ///   - table: 256 results, as bits, indexed by the bits of the number.
    ///   - result: int8 or uint8.
    ///   - rescaling: arithmetic that may give the same results.
    public init(_ table: [UInt8], result: ElementType, rescaling: ByteRescaling? = nil) {
        precondition(table.count == 256)
        self.table = table
        self.rescaling = rescaling
        self.result = result
    }

    public init(_ attributes: inout AttributeReader) throws {
        throw DeeperError(.unsupported, "model files cannot contain this operator")
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try inputs.byteType(0)
        return [TensorType(result, try inputs.shape(0))]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(activation: outputs[0].shape.elementCount)
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try LoopNest.broadcasting([request.input(0)], to: request.output)
        let region = ByteTableKernel.Region(nest: nest, table: table, rescaling: rescaling)
        return .kernel(ByteTableKernel([region], options: request.options), inputs: [0])
    }
}
