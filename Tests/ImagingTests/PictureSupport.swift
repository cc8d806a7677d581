import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Testing

extension Picture {
    /// Noise; the seed names it.
    static func noise(width: Int, height: Int, seed: UInt64) throws -> Picture {
        var generator = SeededGenerator(seed: seed)
        let samples = (0..<3 * width * height).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return try Picture(width: width, height: height, pixels: samples)
    }

    /// Red, green and blue at a place.
    func samples(x: Int, y: Int) -> [UInt8] { Array(pixels[3 * (y * width + x)..<3 * (y * width + x) + 3]) }
}

/// Checks that `body` throws a `DeeperError` of the given kind whose description contains `text`.
func expectError<Result>(
    _ code: DeeperError.Code, containing text: String = "", sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Result
) {
    let error = #expect(throws: DeeperError.self, sourceLocation: sourceLocation) { _ = try body() }
    guard let error else { return }
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(text.isEmpty || error.description.contains(text), "\(error)", sourceLocation: sourceLocation)
}
