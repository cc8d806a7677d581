internal import DeeperKernels
public import DeeperTensors

/// ONNX PRelu: x where x >= 0, slope x elsewhere; the slope broadcasts to X.
public struct PRelu: Operator {
    public static let name = "PRelu"
    public static let inputCount = 2...2
    private let isOld: Bool

    public init(_ attributes: inout AttributeReader) throws { isOld = attributes.opset < 7 }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { inputs.computedOnesHaveAllAxes }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        let slope = try aligned(inputs.shape(1, .float32), to: x)
        guard try broadcastShape([x, slope]) == x else {
            throw DeeperError(.invalidModel, "slope \(slope) does not broadcast to \(x)")
        }
        return [TensorType(.float32, x)]
    }

    /// Before opset 7, a slope of rank 1 has one value per channel.
    private func aligned(_ slope: Shape, to x: Shape) -> Shape {
        guard isOld, slope.rank == 1, slope[0] > 1, x.rank > 2, slope[0] == x[1] else { return slope }
        return Shape([slope[0]] + Array(repeating: 1, count: x.rank - 2))
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        // A comparison and a product per element.
        OperationCount(activation: saturatingProduct(2, outputs[0].shape.elementCount))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        var slope = try request.input(1)
        let shape = aligned(slope.shape, to: x.shape)
        if shape != slope.shape { slope = TensorDescriptor(TensorType(.float32, shape)) }
        let nest = try LoopNest.broadcasting([x, slope], to: request.output)
        return .kernel(ZipKernel(nest: nest) { (x: Float, slope: Float) in x < 0 ? slope * x : x }, inputs: [0, 1])
    }
}
