import DeeperKernels
public import DeeperTensors

/// Z = f(A, B) elementwise with broadcasting.
public protocol BroadcastingOperator: Operator {
    var legacy: LegacyBroadcast { get }
}

extension BroadcastingOperator {
    /// Operands with fewer axes are aligned at the last axes.
    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        inputs.computedOnesHaveAllAxes
    }

    public static var inputCount: ClosedRange<Int> { 2...2 }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        legacy.layouts(inputs, outputs: outputs)
    }

    /// The operands' type, which must not be bool.
    ///
    /// - Throws: `invalidModel` if they differ.
    func numericType(_ inputs: NodeInputs) throws -> ElementType {
        try commonType(inputs, "numeric") { $0 != .bool }
    }

    /// The operands' type, which must be an integer type.
    ///
    /// - Throws: `invalidModel` if they differ.
    func integerType(_ inputs: NodeInputs) throws -> ElementType {
        try commonType(inputs, "integer", \.isInteger)
    }

    private func commonType(
        _ inputs: NodeInputs, _ kind: String, _ isAllowed: (ElementType) -> Bool
    ) throws -> ElementType {
        let (a, b) = (try inputs.type(0), try inputs.type(1))
        guard a.elementType == b.elementType, isAllowed(a.elementType) else {
            throw DeeperError(.invalidModel, "operands are \(a) and \(b), expected one \(kind) type")
        }
        return a.elementType
    }
}

extension Operator {
    /// Whether operands of different ranks are aligned at their last axes. They always are, except for operators of
    /// opset 6 that name another axis.
    public var alignsLastAxes: Bool { (self as? any BroadcastingOperator)?.legacy.alignsLastAxes ?? true }
}
