internal import DeeperGraphs
public import DeeperImaging
internal import DeeperTensors

extension Model {
    /// The number of classes that ``Engine/classify(batch:preprocessing:labels:top:deadline:)`` chooses from, if it can be
    /// inferred without a run; nil if the network is not a classifier.
    public var classCount: Int? { (try? graph.scoreOutput(labelCount: labels?.count))?.classCount }

    /// - Throws: `invalidInput` if it can be inferred that the network is not a classifier with that many classes.
    package func checkLabels(_ labels: [String]) throws {
        try graph.scoreOutput(labelCount: labels.count)?.check(labelCount: labels.count)
    }

    /// Width and height of the pictures that the model takes, if it fixes them to at most 65,535 pixels per side. Nil
    /// otherwise, and unless its only input has element type float32 or a 16-bit float and four axes, in the order of
    /// ``pictureLayout``, with one, three or an open number of channels.
    public var pictureExtent: Extent? { graph.pictureExtent(pictureLayout) }
}

extension Graph {
    func pictureExtent(_ layout: PictureLayout) -> Extent? {
        let axes = layout.axes
        let inputs = inputs.filter { constants[$0.value] == nil }
        guard inputs.count == 1, inputs[0].type.elementType.isScore, let dimensions = inputs[0].type.dimensions,
            dimensions.count == 4, case .fixed(let height) = dimensions[axes.height],
            case .fixed(let width) = dimensions[axes.width],
            (1...65_535).contains(height), (1...65_535).contains(width)
        else { return nil }
        if case .fixed(let channels) = dimensions[axes.channels], ![1, 3].contains(channels) { return nil }
        return Extent(width: width, height: height)
    }

    /// The output with the scores of the classes, inferred from plausible input shapes; nil if it cannot be inferred.
    ///
    /// - Parameter labelCount: as for ``ScoreOutput``.
    /// - Throws: `invalidInput` if the network is not a classifier.
    package func scoreOutput(labelCount: Int?) throws -> ScoreOutput? {
        guard let input = inputs.first(where: { constants[$0.value] == nil }),
            let inputTypes = try? plausibleTypes(), let types = try? inferTypes(inputTypes),
            let batch = inputTypes[input.value]?.shape.dimensions.first, batch > 0,
            let first = outputs.first, types.knownType(first) != nil
        else { return nil }
        let known = outputs.compactMap { output in types.knownType(output).map { (name(of: output), $0) } }
        return try ScoreOutput(of: known, pictureCount: batch, labelCount: labelCount)
    }
}
