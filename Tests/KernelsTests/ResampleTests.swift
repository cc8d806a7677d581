import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct ResampleTests {
    /// Rows and columns one after another, in float64.
    private func definition(_ x: [Float], _ axes: [ResampleAxis], extrapolation: Float) -> [Float] {
        var values = x.map(Double.init)
        var extents = axes.map(\.inputExtent)
        for (number, axis) in axes.enumerated() {
            let outer = extents[..<number].reduce(1, *)
            let inner = extents[(number + 1)...].reduce(1, *)
            var next: [Double] = []
            for before in 0..<outer {
                for taps in axis.taps {
                    for behind in 0..<inner {
                        next.append(
                            taps.reduce(0) {
                                $0 + Double($1.weight) * values[(before * axis.inputExtent + $1.index) * inner + behind]
                            })
                    }
                }
            }
            values = next
            extents[number] = axis.taps.count
        }
        return values.indices.map { index in
            var rest = index
            for axis in axes.reversed() {
                if axis.outside[rest % axis.taps.count] { return extrapolation }
                rest /= axis.taps.count
            }
            return Float(values[index])
        }
    }

    private func identity(_ extent: Int) -> ResampleAxis {
        ResampleAxis(
            inputExtent: extent, taps: (0..<extent).map { [($0, 1)] }, outside: [Bool](repeating: false, count: extent))
    }

    /// Up to four taps a position, weights that are quarters, some positions outside.
    private func random(_ input: Int, _ output: Int, outside: Bool, _ generator: inout SeededGenerator) -> ResampleAxis
    {
        ResampleAxis(
            inputExtent: input,
            taps: (0..<output).map { _ in
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    (Int.random(in: 0..<input, using: &generator), generator.wholeFloats(1)[0] / 4)
                }
            }, outside: (0..<output).map { _ in outside && Int.random(in: 0...3, using: &generator) == 0 })
    }

    @Test("axis after axis, as by the definition", arguments: UInt64(1)...20)
    func definition(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var axes: [ResampleAxis] = []
        for number in 0..<Int.random(in: 1...4, using: &generator) {
            let extent = Int.random(in: 1...6, using: &generator)
            let stays = number == 0 || Int.random(in: 0...2, using: &generator) == 0
            let length = Int.random(in: 1...9, using: &generator)
            axes.append(stays ? identity(extent) : random(extent, length, outside: seed % 2 == 0, &generator))
        }
        // Quarters of whole numbers: exact.
        let x = generator.wholeFloats(axes.reduce(1) { $0 * $1.inputExtent })
        let expected = definition(x, axes, extrapolation: -7)
        let result = try exercise(
            ResampleKernel(axes: axes, extrapolation: -7), inputs: [Input(x)],
            outputs: [Output(.float32, count: expected.count)])
        expectEqual(result.elements(), expected)
    }

    @Test("nothing changes where every axis stays")
    func unchanged() throws {
        let x = (0..<12).map { Float($0) }
        let result = try exercise(
            ResampleKernel(axes: [identity(3), identity(4)], extrapolation: 0), inputs: [Input(x)],
            outputs: [Output(.float32, count: 12)])
        expectEqual(result.elements(), x)
    }

    @Test("images channels-last, dense and in slices, as by the plain kernel", arguments: UInt64(1)...12)
    func images(seed: UInt64) throws {
        var generator = SeededGenerator(seed: 100 + seed)
        let images = Int.random(in: 1...2, using: &generator)
        let channels = [1, 3, 16, 21, 40][Int(seed) % 5]
        let (height, width) = (Int.random(in: 1...5, using: &generator), Int.random(in: 1...6, using: &generator))
        let rows = seed % 3 == 0 ? identity(height) : random(height, 9, outside: false, &generator)
        let columns = seed % 4 == 0 ? identity(width) : random(width, 11, outside: false, &generator)
        let x = generator.wholeFloats(images * height * width * channels)
        let plain: [Float] = try exercise(
            ResampleKernel(axes: [identity(images), rows, columns, identity(channels)], extrapolation: 0),
            inputs: [Input(x)],
            outputs: [Output(.float32, count: images * rows.taps.count * columns.taps.count * channels)]
        ).elements()
        for options in try Engines.vectorOnly() {
            for (inputGap, outputGap) in [(0, 0), (5, 3)] {
                let pitch = channels + inputGap
                var wide = [Float](repeating: .nan, count: images * height * width * pitch - inputGap)
                for (place, value) in x.enumerated() { wide[place / channels * pitch + place % channels] = value }
                let kernel = ImageResampleKernel(
                    rows: rows, columns: columns, images: images, channels: channels, inputPitch: pitch,
                    outputPitch: channels + outputGap, options: options)
                let result = try exercise(
                    kernel, inputs: [Input(wide)],
                    outputs: [
                        Output(
                            .float32, rows: plain.count / channels, channels: channels, pitch: channels + outputGap)
                    ])
                expectEqual(result.elements(), plain, options.name)
            }
        }
    }
}
