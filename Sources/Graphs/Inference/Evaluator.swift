public import Kernels
public import Tensors

extension Node {
    /// Computes the node by itself on known inputs.
    ///
    /// - Parameter outputs: the types that ``Operator/infer(_:)`` gave.
    public func evaluate(_ inputs: [Tensor?], outputs: [TensorType], options: KernelOptions) throws -> [Tensor] {
        let typed = inputs.map { $0.map { (type: TensorType($0.elementType, $0.shape), value: Optional($0)) } }
        return try evaluateNode(self, inputs: typed, outputs: outputs, options: options)
    }
}

/// Runs one node by itself on row-major values: constant folding goes through the same kernels as everything else.
///
/// - Parameter inputs: type and, unless the node only looks at the shape, value of each input.
func evaluateNode(
    _ node: Node, inputs: [(type: TensorType, value: Tensor?)?], outputs types: [TensorType], options: KernelOptions
) throws -> [Tensor] {
    // The kernel runs at once: its weights must be packed when it is made.
    var options = options
    options.preparation = nil
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
        return [try tensor.reshaped(types[0].shape)]
    case .kernel(let kernel, let operands):
        let sources = try operands.map { index in
            guard let input = inputs[index], let value = input.value else {
                throw DeeperError(.internalFault, "operand \(index) has no value")
            }
            return try rearrange(value, TensorDescriptor(input.type), describe(input.type, choice.inputs[index]))
        }
        let targets = try types.map { try Tensor($0.elementType, shape: $0.shape) }
        let results = try Kernels.runOnce(kernel, inputs: sources, outputs: targets)
        return try zip(results, descriptors).map { try rearrange($0, $1, TensorDescriptor($1.type)) }
    }
}

/// The bytes of a tensor in another layout, still under its logical shape.
private func rearrange(_ tensor: Tensor, _ source: TensorDescriptor, _ target: TensorDescriptor) throws -> Tensor {
    if source.placesElements(like: target) { return tensor }
    let copy = try StridedCopyKernel.conversion(from: source, to: target)
    return try Kernels.runOnce(copy, inputs: [tensor], outputs: [Tensor(tensor.elementType, shape: tensor.shape)])[0]
}
