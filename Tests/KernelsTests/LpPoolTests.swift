import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct LpPoolTests {
    private func check(_ problem: PoolCase, order: Int) throws {
        var generator = SeededGenerator(seed: 22)
        let (window, planes) = (problem.window, problem.images * problem.channels)
        let x = generator.wholeFloats(planes * window.inputPixels)
        var expected: [Float] = []
        for plane in 0..<planes {
            for pixel in 0..<window.outputPixels {
                var sum = 0.0
                for tap in 0..<window.taps {
                    guard let offset = window.inputPixel(ofOutput: pixel, tap: tap) else { continue }
                    sum += pow(Double(abs(x[plane * window.inputPixels + offset])), Double(order))
                }
                expected.append(Float(pow(sum, 1 / Double(order))))
            }
        }
        let kernel = LpPoolKernel<Float>(window: window, planes: planes, order: order)
        let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: expected.count)])
        expectClose(result.elements(), expected) { 2 * unitRoundoff * expected[$0] }
    }

    @Test("norms of what lies inside, by the definition", arguments: PoolCase.named, [1, 2, 3])
    func definition(problem: PoolCase, order: Int) throws { try check(problem, order: order) }

    @Test("random geometries", arguments: UInt64(1)...12)
    func random(seed: UInt64) throws { try check(.random(seed: seed), order: Int(seed % 4) + 1) }
}
