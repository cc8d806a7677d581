import DeeperKernels
import DeeperTensors

/// ONNX MeanVarianceNormalization: (X - mean) / (deviation + 1e-9) with mean and standard deviation over some axes, by
/// default those of every channel over all images.
struct MeanVarianceNormalization: Operator {
    static let name = "MeanVarianceNormalization"
    static let firstOpset = 9
    private let axes: [Int]

    init(_ attributes: inout AttributeReader) throws { axes = try attributes.ints("axes") ?? [0, 2, 3] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, .float32, .float64)
        _ = try resolveAxes(axes, rank: shape.rank)
        return [try inputs.type(0)]
    }

    /// For n elements that are normalised together: their mean (n), their variance (3 n), every element's difference
    /// and quotient (2 n), and two for the divisor.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let shape = outputs[0].shape
        guard let gone = try? resolveAxes(axes, rank: shape.rank) else { return OperationCount() }
        let groups = shape.dimensions.indices.filter { !gone.contains($0) }.reduce(1) { $0 * shape[$1] }
        return OperationCount(
            normalization: saturatingSum([saturatingProduct(6, shape.elementCount), saturatingProduct(2, groups)]))
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let gone = try resolveAxes(axes, rank: input.shape.rank)
        let strides = [input.strides, request.output.strides]
        func nest(_ axes: [Int]) throws -> LoopNest {
            try LoopNest.make(
                extents: axes.map { input.shape[$0] }, strides: strides.map { operand in axes.map { operand[$0] } })
        }
        let kept = try nest(input.shape.dimensions.indices.filter { !gone.contains($0) })
        let reduced = try nest(gone.sorted())
        let kernel: any Kernel =
            input.elementType == .float64
            ? MeanVarianceKernel<Double>(kept: kept, reduced: reduced)
            : MeanVarianceKernel<Float>(kept: kept, reduced: reduced)
        return .kernel(kernel, inputs: [0])
    }
}
