import DeeperKernels
import DeeperTensors

/// ONNX Tile: X repeated along every axis.
struct Tile: Operator {
    static let name = "Tile"
    static let inputCount = 2...2

    init(_ attributes: inout AttributeReader) throws {}

    var valueInputs: [Int] { [1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let repeats = try inputs.integers(1)
        guard repeats.count == type.shape.rank, repeats.allSatisfy({ $0 >= 0 }) else {
            throw DeeperError(.invalidModel, "repeats \(repeats) do not fit shape \(type.shape)")
        }
        let dimensions = try zip(repeats, type.shape.dimensions).map { count, extent in
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw DeeperError(.limitExceeded, "\(count) repeats of \(extent) elements") }
            return product
        }
        return [TensorType(type.elementType, try DeeperTensors.Shape(validating: dimensions))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let (from, to) = (input.strides, request.output.strides)
        let repeats = try request.knownValue(1).integers()
        var region = CopyRegion(extents: [], sourceStrides: [], targetStrides: [])
        for axis in from.indices {
            region.extents += [repeats[axis], input.shape[axis]]
            region.sourceStrides += [0, from[axis]]
            region.targetStrides += [to[axis] * input.shape[axis], to[axis]]
        }
        return .kernel(try StridedCopyKernel("tile", elementType: input.elementType, regions: [region]), inputs: [0])
    }
}
