import DeeperKernels
import DeeperTensors

/// ONNX CenterCropPad: the middle of X where it is larger than the given extents, X in the middle of zeros where it is
/// smaller. If the difference is odd, the smaller half comes first.
struct CenterCropPad: Operator {
    static let name = "CenterCropPad"
    static let inputCount = 2...2
    static let firstOpset = 18
    private let axes: [Int]?

    init(_ attributes: inout AttributeReader) throws { axes = try attributes.ints("axes") }

    var valueInputs: [Int] { [1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let extents = try WindowAttributes.checked(inputs.integers(1), "shape", atLeast: 0) ?? []
        let places = try resolveAxes(axes ?? Array(0..<type.shape.rank), rank: type.shape.rank)
        guard extents.count == places.count else {
            throw DeeperError(.invalidModel, "shape has \(extents.count) values, expected \(places.count)")
        }
        var dimensions = type.shape.dimensions
        for (axis, extent) in zip(places, extents) { dimensions[axis] = extent }
        return [TensorType(type.elementType, try Shape(validating: dimensions))]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let output = request.output
        let order = output.layout.physicalAxes(rank: output.shape.rank)
        let tables = order.map { axis in
            let difference = input.shape[axis] - output.shape[axis]
            return (0..<output.shape[axis]).map { position in
                let source = position + difference / 2
                return (0..<input.shape[axis]).contains(source) ? source : -1
            }
        }
        let kernel = try IndexedCopyKernel(
            "crop or pad", elementType: output.elementType, tables: tables,
            sourceStrides: order.map { input.strides[$0] }, targetStrides: order.map { output.strides[$0] },
            fill: Tensor(output.elementType, shape: [1]))
        return .kernel(kernel, inputs: [0])
    }
}
