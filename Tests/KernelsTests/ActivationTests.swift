import DeeperKernels
import DeeperTestSupport
import Testing

/// Every activation by itself, on every instruction set.
@Suite struct ActivationTests {
    /// Those that a small error of a sum leaves close to what they were.
    static let smooth: [Activation] = [
        .identity, .leakyRelu(slope: 0.1), .sigmoid, .silu, .hardSigmoid(slope: 0.2, offset: 0.5), .hardSwish, .tanh,
        .gelu,
        .tanhGelu, .elu(alpha: 1), .elu(alpha: 0.3), .celu(alpha: 2), .selu(alpha: 1.673_263_2, scale: 1.050_701),
        .softplus, .softsign, .mish, .swish(alpha: 1.7), .erf, .absolute, .negative,
    ]
    static let all = smooth + [.exp, .log, .sqrt, .reciprocal, .square, .floor, .ceil, .round]

    private func run(_ activation: Activation, _ x: [Float], _ options: KernelOptions) throws -> [Float] {
        try exercise(
            EpilogueKernel(count: x.count, Epilogue(activation: activation), options: options), inputs: [Input(x)],
            outputs: [Output(.float32, count: x.count)]
        ).elements()
    }

    /// Numbers of every magnitude and both signs, and many of the size that activations see.
    private static let samples: [Float] = {
        var generator = SeededGenerator(seed: 31)
        let (step, count) = TestTier.runsHeavyTests ? (260_007, 6000) : (4_000_037, 400)
        let exponents = stride(from: 0x0080_0000, to: 0x7f80_0000, by: step).map { Float(bitPattern: UInt32($0)) }
        let usual = generator.floats(count).map { $0 * 12 }
        return exponents.flatMap { [$0, -$0] } + usual
    }()

    @Test("errors stay within two units in the last place, those of Swish and Mish nearly", arguments: all)
    func accuracy(activation: Activation) throws {
        // Units of what the formula's last sum is made of: Phi's distance from 0 is lost in its 1, for example.
        func magnitude(_ x: Float, _ exact: Double) -> Double {
            switch activation {
            case .gelu, .tanhGelu: Double(x)
            case .hardSigmoid, .hardSwish: max(abs(exact), abs(Double(x)), 0.5)
            default: exact
            }
        }
        func bound(_ x: Float) -> Double {
            switch activation {
            // alpha x is rounded before the exponential, which multiplies its error.
            case .swish(let alpha): alpha == 1 ? 2.3 : 2.3 + abs(Double(alpha * x))
            case .mish: 2.9
            default: 2
            }
        }
        for options in try Engines.vectorOnly() {
            let found = try run(activation, ActivationTests.samples, options)
            for (x, y) in zip(ActivationTests.samples, found) {
                let exact = activation.reference(Double(x))
                if exact.magnitude > Double(Float.greatestFiniteMagnitude) || exact.isNaN && y.isNaN { continue }
                let unit = Float(magnitude(x, exact)).ulp
                let error = abs(Double(y) - exact)
                // exp(-88) is zero already, so x times it is too.
                if error <= bound(x) * Double(unit) || error < 1.1e-36 { continue }
                Issue.record("\(options.name): \(x) gives \(y), expected \(exact): \(error / Double(unit)) units")
                return
            }
        }
    }

    @Test("NaN stays NaN, infinities and zeros give the limits", arguments: all)
    func specialValues(activation: Activation) throws {
        // x times a function that is 0 far below has no limit that arithmetic finds.
        let hasLimitBelow = ![.silu, .swish(alpha: 1.7), .gelu, .tanhGelu, .mish, .hardSwish, .softsign].contains(
            activation)
        for options in try Engines.vectorOnly() {
            let found = try run(activation, [.nan, .infinity, 0, -.infinity, -88, 88, 89, -104, 1e30, -1e30], options)
            #expect(found[0].isNaN, "\(options.name)")
            if activation != .softsign {
                #expect(found[1] == Float(activation.reference(.infinity)), "\(options.name)")
            }
            #expect(found[2] == Float(activation.reference(0)), "\(options.name)")
            let below = Float(activation.reference(-.infinity))
            if hasLimitBelow { #expect(found[3] == below || found[3].isNaN && below.isNaN, "\(options.name)") }
            for (x, y) in zip([-88, 88, 89, -104, 1e30, -1e30] as [Double], found[4...]) {
                let exact = Float(activation.reference(x))
                let agrees = y == exact || y.isNaN && exact.isNaN || abs(y - exact) <= 2 * exact.ulp
                #expect(agrees || abs(y) < .leastNormalMagnitude, "\(options.name): \(x)")
            }
        }
    }

    @Test("an element's bits do not depend on where it lies", arguments: all)
    func places(activation: Activation) throws {
        let x = Array(ActivationTests.samples.suffix(67))
        for options in try Engines.vectorOnly() {
            let whole = try run(activation, x, options)
            for start in [1, 5, 30, 51, 66] {
                expectEqual(try run(activation, Array(x[start...]), options), Array(whole[start...]), options.name)
            }
        }
    }
}
