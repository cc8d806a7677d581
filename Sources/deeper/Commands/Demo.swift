#if CommandLine
import ArgumentParser
import Deeper
import FoundationEssentials
import Imaging
import ModelZoo
import Tensors

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run GoogLeNet with seeded random weights on a drawn picture.",
        discussion: "Shows that everything works; random weights know nothing, so the answer means nothing.")

    @Option(help: "Also write the drawn picture (PNG).")
    var picture: String?

    @OptionGroup var engine: EngineArguments

    func run() throws {
        let drawn = try Demo.draw()
        if let picture { try PNGEncoder.write(drawn, to: picture) }
        let engine = try engine.engine(Model(graph: try ModelZoo.graph(named: "googlenet", weights: .seeded(1))))
        let preprocessing = try Preprocessing.preset(named: "caffe")
        _ = try engine.classify(batch: [drawn], preprocessing: preprocessing)
        let start = ContinuousClock.now
        let answers = try engine.classify(batch: [drawn], preprocessing: preprocessing)
        let time = milliseconds(ContinuousClock.now - start)
        Console.print(
            """
            GoogLeNet with RANDOM weights (seed 1) on a drawn picture, \(engine.options.threads) threads: \(fixed(time, 1)) ms.
            The weights are not trained, so these classes mean nothing; they only show that the engine runs:
            """)
        for prediction in answers[0] { Console.print("  class \(prediction.index): \(prediction.score)") }
        Console.print("For a real answer: make demo MODEL=bvlc_googlenet.onnx IMAGE=photo.jpg")
    }

    /// A house under the sun, 256 x 256.
    private static func draw() throws -> Picture {
        let side = 256
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        for y in 0..<side {
            for x in 0..<side {
                var colour: (UInt8, UInt8, UInt8) = y < 170 ? (120, 180, UInt8(255 - y / 4)) : (70, 140, 60)
                let (dx, dy) = (x - 200, y - 50)
                if dx * dx + dy * dy < 900 { colour = (255, 220, 60) }
                if (70..<170).contains(x), (120..<200).contains(y) { colour = (190, 90, 60) }
                if y >= 70, y < 120, abs(x - 120) <= y - 66 { colour = (110, 50, 40) }
                if (105..<135).contains(x), (150..<200).contains(y) { colour = (80, 50, 30) }
                let at = (y * side + x) * 3
                (pixels[at], pixels[at + 1], pixels[at + 2]) = colour
            }
        }
        return try Picture(width: side, height: side, pixels: pixels)
    }
}
#endif
