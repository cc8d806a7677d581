internal import Graphs
public import Imaging
internal import Kernels
internal import Tensors

extension Model {
    /// The number of scores in the first output for each picture, if it can be inferred without a run.
    public var classCount: Int? { graph.classCount }

    /// Width and height of the pictures that the model takes, if its only input is float32 [N, C, H, W] and fixes them.
    public var pictureExtent: Extent? {
        guard inputs.count == 1, inputs[0].type.elementType == .float32, let dimensions = inputs[0].type.dimensions,
            dimensions.count == 4, case .fixed(let height) = dimensions[2], case .fixed(let width) = dimensions[3],
            height > 0, width > 0
        else { return nil }
        return Extent(width: width, height: height)
    }
}

extension Graph {
    /// The number of elements in the first output for each row of the first input's batch, inferred from plausible
    /// input shapes.
    var classCount: Int? {
        guard let options = try? KernelOptions(gemm: ReferenceGemm()),
            let input = inputs.first(where: { constants[$0.value] == nil }),
            let output = outputs.first, let inputTypes = try? plausibleTypes(options: options),
            let types = try? inferTypes(inputTypes, options: options), let scores = types.knownType(output),
            let batch = inputTypes[input.value]?.shape.dimensions.first, batch > 0,
            scores.elementType == .float32, scores.shape.rank > 0, scores.shape.elementCount % batch == 0
        else { return nil }
        return scores.shape.elementCount / batch
    }
}
