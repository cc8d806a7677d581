internal import DeeperGraphs
public import DeeperImaging
internal import DeeperTensors

extension Model {
    /// The number of scores in the first output for each picture, if it can be inferred without a run.
    public var classCount: Int? { graph.classCount }

    /// Width and height of the pictures that the model takes, if its only input is float32 or a 16-bit float
    /// [N, C, H, W] with one or three channels and fixes them, to at most 65,535 pixels a side.
    public var pictureExtent: Extent? { graph.pictureExtent }
}

extension Graph {
    var pictureExtent: Extent? {
        let inputs = inputs.filter { constants[$0.value] == nil }
        guard inputs.count == 1, inputs[0].type.elementType.isScore, let dimensions = inputs[0].type.dimensions,
            dimensions.count == 4, case .fixed(let height) = dimensions[2], case .fixed(let width) = dimensions[3],
            (1...65_535).contains(height), (1...65_535).contains(width)
        else { return nil }
        if case .fixed(let channels) = dimensions[1], ![1, 3].contains(channels) { return nil }
        return Extent(width: width, height: height)
    }

    /// The number of elements in the first output for each row of the first input's batch, inferred from plausible
    /// input shapes.
    var classCount: Int? { scores?.count }

    /// Whether the first output is one row of `count` scores for each row of the input: [N, count], [N, count, 1, 1] ...
    func isClassifier(of count: Int) -> Bool {
        guard let scores else { return false }
        return scores.count == count && scores.shape.dimensions.contains(count)
    }

    private var scores: (shape: Shape, count: Int)? {
        guard let input = inputs.first(where: { constants[$0.value] == nil }),
            let output = outputs.first, let inputTypes = try? plausibleTypes(),
            let types = try? inferTypes(inputTypes), let scores = types.knownType(output),
            let batch = inputTypes[input.value]?.shape.dimensions.first, batch > 0,
            scores.elementType.isScore, scores.shape.rank > 0, scores.shape.elementCount % batch == 0
        else { return nil }
        return (scores.shape, scores.shape.elementCount / batch)
    }
}
