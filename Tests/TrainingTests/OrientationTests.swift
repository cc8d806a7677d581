import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import DeeperTraining
import Foundation
import Testing

/// The orientation of the pictures in training.
@Suite struct OrientationTests {
    /// Noise of 32 x 32 pixels that differs with the seed, and the same turned by a quarter to the right.
    private func pictures(seed: UInt64) throws -> (stored: Picture, turned: Picture) {
        let extent = 32
        var generator = SeededGenerator(seed: seed)
        let samples = (0..<extent * extent).map { _ in
            [UInt8.random(in: 0...255, using: &generator), UInt8.random(in: 0...255, using: &generator), 0]
        }
        let turned = (0..<extent * extent).map { samples[(extent - 1 - $0 % extent) * extent + $0 / extent] }
        return (
            try Picture(width: extent, height: extent, pixels: samples.flatMap { $0 }),
            try Picture(width: extent, height: extent, pixels: turned.flatMap { $0 })
        )
    }

    /// The losses of the first step on `folder/a` and `folder/b`.
    private func losses(_ folder: String, _ orientation: Picture.Orientation) throws -> [Float] {
        var recipe = TrainingConfiguration()
        (recipe.batch, recipe.classes, recipe.data.train) = (2, 2, [folder])
        recipe.data.orientation = orientation
        let run = try TrainingRun(recipe, checkpoint: "\(folder).safetensors", resumes: false, threads: 1)
        var losses: [Float] = []
        _ = try run.run(shouldStop: { true }, onStep: { losses = $0.losses })
        return losses
    }

    @Test("pictures are turned as their EXIF blocks say, unless the recipe wants them as they are stored")
    func orientation() throws {
        try withTemporaryFolder { folder in
            for (seed, name) in ["a", "b"].enumerated() {
                let pictures = try pictures(seed: UInt64(seed))
                var lying = try PNGEncoder.encode(pictures.stored)
                // Orientation 6, without a checksum: nobody looks at that of a chunk that libpng passes over.
                let block: [UInt8] = [
                    0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0,
                ]
                lying.insert(contentsOf: [0, 0, 0, UInt8(block.count)] + "eXIf".utf8 + block + [0, 0, 0, 0], at: 33)
                for (set, bytes) in [
                    ("lying", lying), ("plain", try PNGEncoder.encode(pictures.stored)),
                    ("turned", try PNGEncoder.encode(pictures.turned)),
                ] {
                    let path = "\(folder)/\(set)/\(name)"
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/1.png"))
                }
            }
            let upright = try losses("\(folder)/lying", .upright), stored = try losses("\(folder)/lying", .stored)
            let turned = try losses("\(folder)/turned", .upright), plain = try losses("\(folder)/plain", .upright)
            #expect(upright == turned)
            #expect(stored == plain)
            #expect(upright != stored)
        }
    }
}
