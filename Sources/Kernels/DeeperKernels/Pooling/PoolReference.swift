/// Pooling by its definition, in NCHW: the reference twin of ``PoolKernel``.
public func poolReference(
    _ pooling: Pooling, window: WindowGeometry, padAfter: [Int], planes: Int, input: [Float]
) -> [Float] {
    let pads = Array(repeating: 0, count: 3 - padAfter.count) + padAfter
    let after = SIMD3(pads[0], pads[1], pads[2])
    var output: [Float] = []
    for plane in 0..<planes {
        for pixel in 0..<window.outputPixels {
            var values: [Float] = []
            var padded = 0
            for tap in 0..<window.taps {
                let spot = window.inputPosition(window.outputPosition(pixel), tap: tap)
                if let offset = window.inputPixel(spot) {
                    values.append(input[plane * window.inputPixels + offset])
                } else if all(spot .< window.input &+ after) {
                    padded += 1
                }
            }
            switch pooling {
            case .maximum: output.append(values.max() ?? -.infinity)
            case .average(let includesPadding):
                let count = values.count + (includesPadding ? padded : 0)
                output.append(values.isEmpty ? 0 : Float(values.reduce(0.0) { $0 + Double($1) } / Double(count)))
            }
        }
    }
    return output
}
