public import DeeperKernels
public import DeeperTensors

/// Computes single nodes whose inputs are known, with the same kernels that plans use. It is used where shapes depend
/// on values, and to fold constants.
public struct Evaluator: Sendable {
    private let options: Result<KernelOptions, any Error>

    /// Makes an evaluator for shape inference alone, which needs no BLAS library for its small matrix products.
    public init() { options = Result { try KernelOptions(gemm: ReferenceGemm()) } }

    /// Makes an evaluator for values that become part of a plan: their bits are the same as those of the plan's
    /// kernels.
    public init(_ options: KernelOptions) {
        var options = options
        // The kernel runs immediately, so its weights must be packed when it is made.
        options.preparation = nil
        self.options = .success(options)
    }

    /// Computes a node by itself on known inputs.
    ///
    /// - Parameter types: the types of the outputs, as returned by ``Operator/infer(_:)``.
    /// - Throws: the error of the operator's lowering; `invalidInput` for values that it cannot compute with.
    public func evaluate(_ node: Node, _ inputs: [Tensor?], outputs types: [TensorType]) throws -> [Tensor] {
        let typed = inputs.map { $0.map { (type: TensorType($0.elementType, $0.shape), value: Optional($0)) } }
        return try evaluate(node, typed, outputs: types)
    }

    /// - Parameter inputs: the type of each input and, unless only the type matters, its value.
    func evaluate(
        _ node: Node, _ inputs: [(type: TensorType, value: Tensor?)?], outputs types: [TensorType]
    ) throws -> [Tensor] {
        // Kernels prepare tables as long as an axis, which has no bound where another axis is empty.
        if types.allSatisfy(\.shape.isEmpty) { return try types.map { try Tensor($0.elementType, shape: $0.shape) } }
        return try evaluateNode(node, inputs: inputs, outputs: types, options: try options.get())
    }
}

/// Runs one node by itself on row-major values.
private func evaluateNode(
    _ node: Node, inputs: [(type: TensorType, value: Tensor?)?], outputs types: [TensorType], options: KernelOptions
) throws -> [Tensor] {
    let arranged = inputs.map { $0.map { TensorDescriptor($0.type) } }
    let choice = node.operation.layouts(arranged, outputs: types)
    func describe(_ type: TensorType, _ layout: Layout) -> TensorDescriptor { TensorDescriptor(type, layout) }
    var requestInputs: [LoweringRequest.Input?] = []
    for (index, input) in inputs.enumerated() {
        requestInputs.append(
            input.map { LoweringRequest.Input(descriptor: describe($0.type, choice.inputs[index]), value: $0.value) })
    }
    let descriptors = zip(types, choice.outputs).map(describe)
    let request = LoweringRequest(
        inputs: requestInputs, outputs: descriptors, usedOutputs: node.outputs.map { $0 != nil }, options: options)
    switch try node.operation.lower(request) {
    case .constants(let tensors): return tensors
    case .alias(let index):
        guard let tensor = inputs[index]?.value else { throw DeeperError(.internalFault, "an alias of no value") }
        let source = TensorDescriptor(TensorType(tensor.elementType, tensor.shape))
        let arranged = try rearrange(tensor, source, describe(source.type, choice.inputs[index]))
        return [
            try rearrange(arranged.reshaped(types[0].shape), descriptors[0], TensorDescriptor(descriptors[0].type))
        ]
    case .channels: throw DeeperError(.internalFault, "channels of a value that lies row-major")
    case .kernel(let kernel, let operands):
        let sources = try operands.map { index in
            guard let input = inputs[index], let value = input.value else {
                throw DeeperError(.internalFault, "operand \(index) has no value")
            }
            return try rearrange(value, TensorDescriptor(input.type), describe(input.type, choice.inputs[index]))
        }
        let targets = try types.map { try Tensor($0.elementType, shape: $0.shape) }
        let results = try DeeperKernels.runOnce(kernel, inputs: sources, outputs: targets)
        return try zip(results, descriptors).map { try rearrange($0, $1, TensorDescriptor($1.type)) }
    }
}

/// The tensor with its bytes in another layout, but with the same logical shape.
private func rearrange(_ tensor: Tensor, _ source: TensorDescriptor, _ target: TensorDescriptor) throws -> Tensor {
    if source.placesElements(like: target) { return tensor }
    let copy = try StridedCopyKernel.conversion(from: source, to: target)
    return try DeeperKernels.runOnce(
        copy, inputs: [tensor], outputs: [Tensor(tensor.elementType, shape: tensor.shape)])[0]
}
