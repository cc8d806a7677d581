#if CommandLine
import ArgumentParser
import Deeper
import DeeperGraphs
import DeeperTensors

/// Shapes for the inputs whose shapes a model leaves open.
struct InputShapeOptions: ParsableArguments {
    @Option(
        name: .customLong("shape"),
        help: """
            NAME=1,3,640,640: the shape of an input, if the model does not fix it; the name may be left out if the \
            model has one input only.
            """
    )
    var shapes: [String] = []

    /// The model with these shapes.
    func applied(to model: Model) throws -> Model {
        guard !shapes.isEmpty else { return model }
        var given: [String: [Int]] = [:]
        for text in shapes {
            let (name, extents) = try parse(text, model)
            guard given.updateValue(extents, forKey: name) == nil else {
                throw ValidationError("--shape names the input \(name) twice")
            }
        }
        return try locating(model.source) { try model.fixingInputs(given) }
    }

    private func parse(_ text: String, _ model: Model) throws -> (name: String, extents: [Int]) {
        guard let shape = InputShape(text) else {
            throw ValidationError("--shape is \"\(text)\", expected NAME=EXTENT,EXTENT,..., such as images=1,3,640,640")
        }
        if let name = shape.name { return (name, shape.extents) }
        guard model.inputs.count == 1, let input = model.inputs.first else {
            throw ValidationError(
                "--shape \(text) names no input; the model has \(model.inputs.map(\.name).joined(separator: ", "))")
        }
        return (input.name, shape.extents)
    }
}

/// Batch, picture size and shapes for the inputs whose shapes a model leaves open.
struct ShapeOptions: ParsableArguments {
    @Option(help: "Images in one run.")
    var batch: Int = 1

    @Option(help: "Height and width of pictures, if the model does not fix them (default: one that fits).")
    var size: Int?

    @OptionGroup var input: InputShapeOptions

    func validate() throws {
        guard (1...65_536).contains(batch), (1...65_536).contains(size ?? 1) else {
            throw ValidationError("--batch and --size must be 1 to 65536")
        }
    }

    var isDefault: Bool { batch == 1 && size == nil && input.shapes.isEmpty }

    static let conflictWithInputs = ValidationError(
        "--input files have shapes of their own; leave out --batch, --size and --shape")

    /// Seeded inputs of this shape.
    ///
    /// - Throws: `invalidInput` if no input of the model can hold the batch.
    func inputs(of model: Model) throws -> [String: Tensor] {
        let tensors = try input.applied(to: model).seededInputs(batch: batch, extent: size)
        guard batch == 1 || tensors.values.contains(where: { $0.shape.dimensions.first == batch }) else {
            let shapes = model.inputs.compactMap { input in tensors[input.name].map { "\"\(input.name)\" \($0.shape)" }
            }
            throw DeeperError(
                .invalidInput,
                "--batch \(batch) does not apply: the model fixes the shapes of its inputs: "
                    + shapes.joined(separator: ", ")
            ).within(model.source)
        }
        return tensors
    }
}
#endif
