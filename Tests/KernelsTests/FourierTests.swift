import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite("discrete Fourier transforms, by the definition") struct FourierTests {
    /// One number of a transform of complex numbers, in float64.
    ///
    /// - Parameter circle: the cosines and sines of the parts of a turn.
    private func number(
        _ line: [(Double, Double)], _ index: Int, isInverse: Bool, _ circle: [(Double, Double)]
    ) -> (Double, Double) {
        var (re, im) = (0.0, 0.0)
        for (place, value) in line.enumerated() {
            let (cosine, turn) = circle[place * index % line.count]
            let sine = isInverse ? turn : -turn
            re += value.0 * cosine - value.1 * sine
            im += value.0 * sine + value.1 * cosine
        }
        let scale = isInverse ? 1 / Double(line.count) : 1
        return (re * scale, im * scale)
    }

    private func circle(_ length: Int) -> [(Double, Double)] {
        (0..<length).map { index in
            let angle = 2 * Double.pi * Double(index) / Double(length)
            return (cos(angle), sin(angle))
        }
    }

    private func check(
        length: Int, given: Int? = nil, outer: Int = 1, inner: Int = 3, isComplex: Bool = false,
        isInverse: Bool = false,
        isOneSided: Bool = false
    ) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        let stored = given ?? (isInverse && isOneSided ? length / 2 + 1 : length)
        let parts = isComplex ? 2 : 1
        let x = generator.floats(outer * stored * inner * parts)
        let shape = FourierShape(
            length: length, inputLength: stored, outer: outer, inner: inner, isComplex: isComplex,
            isInverse: isInverse, isOneSided: isOneSided)
        let results = isInverse && isOneSided ? 1 : 2
        let circle = circle(length)
        var expected: [Float] = []
        for group in 0..<outer {
            var lines: [[(Double, Double)]] = []
            for place in 0..<inner {
                var line = (0..<length).map { index -> (Double, Double) in
                    guard index < stored else { return (0, 0) }
                    let at = ((group * stored + index) * inner + place) * parts
                    return (Double(x[at]), isComplex ? Double(x[at + 1]) : 0)
                }
                if isInverse && isOneSided {
                    line[0].1 = 0
                    for index in (length / 2 + 1)..<max(length, length / 2 + 1) {
                        line[index] = (line[length - index].0, -line[length - index].1)
                    }
                    if length % 2 == 0 { line[length / 2].1 = 0 }
                }
                lines.append(line)
            }
            for index in 0..<shape.outputLength {
                for line in lines {
                    let value = number(line, index, isInverse: isInverse, circle)
                    expected.append(Float(value.0))
                    if results == 2 { expected.append(Float(value.1)) }
                }
            }
        }
        let result = try exercise(
            FourierKernel(shape), inputs: [Input(x)], outputs: [Output(.float32, count: expected.count)])
        let size = isInverse ? 1 : Float(length).squareRoot()
        expectClose(result.elements(), expected) { _ in 1e-6 * size * 2 }
    }

    private static let lengths = [
        1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 30, 34, 49, 64, 77, 97, 100, 121, 128, 169, 257, 360, 509,
        512,
    ]

    @Test("of real numbers, both sides and one", arguments: lengths) func real(length: Int) throws {
        try check(length: length)
        try check(length: length, isOneSided: true)
    }

    @Test("of complex numbers, and back", arguments: lengths) func complex(length: Int) throws {
        try check(length: length, isComplex: true)
        try check(length: length, isComplex: true, isInverse: true)
        try check(length: length, inner: 1, isInverse: true)
    }

    @Test("back to real numbers from one side", arguments: lengths) func backToReal(length: Int) throws {
        try check(length: length, isComplex: true, isInverse: true, isOneSided: true)
    }

    @Test("of lines that are shorter or longer than the transform", arguments: [3, 8, 17, 20])
    func otherLengths(length: Int) throws {
        for given in [1, length - 1, length + 3] {
            try check(length: length, given: given)
            try check(length: length, given: given, outer: 2, inner: 5, isComplex: true)
        }
    }

    @Test("many lines are cut into tiles, with the same bits for each") func tiles() throws {
        let shape = FourierShape(
            length: 512, inputLength: 512, outer: 80, inner: 1, isComplex: false, isInverse: false, isOneSided: true)
        #expect(FourierKernel(shape).tileCount > 1)
        var generator = SeededGenerator(seed: 4)
        let line = generator.floats(512)
        let x = (0..<80).flatMap { _ in line }
        let result: [Float] = try exercise(
            FourierKernel(shape), inputs: [Input(x)], outputs: [Output(.float32, count: 80 * 257 * 2)]
        ).elements()
        #expect((0..<80).allSatisfy { Array(result[$0 * 514..<($0 + 1) * 514]) == Array(result[..<514]) })
    }

    @Test("overlapping frames, each times a window") func frames() throws {
        var generator = SeededGenerator(seed: 5)
        let x = generator.floats(2 * 40)
        let window = generator.floats(12)
        let shape = FourierShape(
            frameLength: 12, signals: 2, signalLength: 40, frames: 8, step: 4, isComplex: false, isOneSided: true,
            hasWindow: true)
        var expected: [Float] = []
        for signal in 0..<2 {
            for frame in 0..<8 {
                let line = (0..<12).map { index -> (Double, Double) in
                    (Double(x[signal * 40 + frame * 4 + index] * window[index]), 0)
                }
                for index in 0..<7 {
                    let value = number(line, index, isInverse: false, circle(12))
                    expected += [Float(value.0), Float(value.1)]
                }
            }
        }
        let result = try exercise(
            FourierKernel(shape), inputs: [Input(x), Input(window)],
            outputs: [Output(.float32, count: expected.count)])
        expectClose(result.elements(), expected) { _ in 1e-5 }
    }
}
