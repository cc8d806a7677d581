#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport

/// The order of the axes in which a model takes pictures, where its shape does not tell.
struct InputLayoutOptions: ParsableArguments {
    @Option(
        help: """
            Axes of the model's input of pictures: nchw or nhwc (default: nhwc if only the last of four axes is 1 or \
            3, otherwise nchw).
            """,
        transform: layout(named:))
    var inputLayout: PictureLayout?

    /// Gives the model this layout. If neither the option nor the model's shape decides, a note on standard error says
    /// which one is taken.
    func apply(to model: inout Model) {
        if let inputLayout {
            model.pictureLayout = inputLayout
        } else if model.hasAmbiguousPictureLayout, let input = model.inputs.first {
            Console.warn(
                "note: the input \(input) is taken for N x C x H x W; --input-layout nhwc takes it for N x H x W x C")
        }
    }

    private static func layout(named name: String) throws -> PictureLayout {
        guard let layout = PictureLayout(rawValue: name) else {
            throw ValidationError("--input-layout must be nchw or nhwc")
        }
        return layout
    }
}
#endif
