#if CommandLine
import ArgumentParser
import Deeper
import Tensors

/// The shape of a model's inputs where it leaves them open.
struct ShapeOptions: ParsableArguments {
    @Option(help: "Images in one run.")
    var batch: Int = 1

    @Option(help: "Height and width of pictures, where the model leaves them open (default: one that fits).")
    var size: Int?

    func validate() throws {
        guard (1...65_536).contains(batch), (1...65_536).contains(size ?? 1) else {
            throw ValidationError("--batch and --size must be 1 to 65536")
        }
    }

    /// Seeded inputs of this shape.
    func inputs(of model: Model) throws -> [String: Tensor] {
        try model.seededInputs(batch: batch, extent: size)
    }
}
#endif
