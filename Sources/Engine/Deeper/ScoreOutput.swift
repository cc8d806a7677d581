package import DeeperTensors

/// The output of a network that holds the scores of its classes: one row for each picture.
///
/// Its shape is [N, C] once axes of length 1 are left out, for example [N, C, 1, 1] or [N, 1, 1, C].
package struct ScoreOutput {
    package let name: String
    /// C, the scores for each picture.
    package let classCount: Int

    /// Finds the output by the shapes of all outputs: the first that has as many scores as there are labels, otherwise
    /// the network's first output.
    ///
    /// - Parameters:
    ///   - outputs: all outputs in the model's order.
    ///   - pictureCount: N, the pictures of the run that the types belong to.
    ///   - labelCount: the number of labels, if there are any. An output with another number is not an error here.
    /// - Throws: `invalidInput`, naming the outputs and their types, if that output is not a row of scores of float32
    ///   or 16-bit floats for each picture.
    package init(of outputs: [(name: String, type: TensorType)], pictureCount: Int, labelCount: Int?) throws {
        let counts = outputs.map { ScoreOutput.classCount(of: $0.type, pictureCount) }
        if let labelCount, let index = counts.firstIndex(of: labelCount) {
            (name, classCount) = (outputs[index].name, labelCount)
        } else if let first = outputs.first, let count = counts[0] {
            (name, classCount) = (first.name, count)
        } else {
            throw ScoreOutput.missing(outputs, counts, pictureCount)
        }
    }

    /// - Throws: `invalidInput` unless there is one label for each score.
    package func check(labelCount: Int) throws {
        guard labelCount == classCount else {
            throw DeeperError(.invalidInput, "\(labelCount) labels for \(classCount) classes")
        }
    }

    /// C, if the type is that of one row of scores for each picture.
    private static func classCount(of type: TensorType, _ pictureCount: Int) -> Int? {
        guard type.elementType.isScore, type.shape.rank > 0 else { return nil }
        var extents = type.shape.dimensions.filter { $0 != 1 }[...]
        if pictureCount != 1 {
            guard extents.popFirst() == pictureCount else { return nil }
        }
        guard extents.count <= 1 else { return nil }
        return extents.first ?? 1
    }

    private static func missing(
        _ outputs: [(name: String, type: TensorType)], _ counts: [Int?], _ pictureCount: Int
    ) -> DeeperError {
        let list = outputs.prefix(4).map { "\"\($0.name)\" \($0.type)" } + (outputs.count > 4 ? ["..."] : [])
        var text = outputs.count == 1 ? "its output is \(list[0]), which" : "its outputs are "
        if outputs.count != 1 { text += list.joined(separator: ", ") + "; the first" }
        text += " is not a row of scores for each picture, [\(pictureCount), C]"
        if let index = counts.firstIndex(where: { $0 != nil }), let count = counts[index] {
            text += "; with \(count) labels \"\(outputs[index].name)\" would be taken"
        }
        return DeeperError(.invalidInput, "the model is no classifier: \(text)")
    }
}
