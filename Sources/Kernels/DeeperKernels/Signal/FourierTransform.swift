import Glibc

/// The discrete Fourier transform of complex numbers, of eight signals at once: one in each lane of a vector.
///
/// Lengths whose prime factors are at most 13 are transformed by Stockham's method, in steps of 4 and of the prime
/// factors; others as a convolution with a chirp (Bluestein), whose length is a power of two. Number k has its real part
/// at 2k, and its imaginary part at 2k + 1.
final class FourierTransform: Sendable {
    typealias Lanes = SIMD8<Float>

    let length: Int
    /// How many vectors of scratch memory a transform takes, apart from the numbers themselves.
    let scratchCount: Int
    private let radices: [Int]
    private let roots: FourierRoots
    private let chirp: ChirpTransform?

    init(length: Int) {
        self.length = length
        var rest = length
        var radices: [Int] = []
        for radix in [4, 2, 3, 5, 7, 11, 13] {
            while rest % radix == 0, rest > 1 {
                radices.append(radix)
                rest /= radix
            }
        }
        guard rest > 1 else {
            self.radices = radices
            roots = FourierRoots(length: length)
            chirp = nil
            scratchCount = 2 * length
            return
        }
        self.radices = []
        roots = FourierRoots(length: 0)
        let chirp = ChirpTransform(length: length)
        self.chirp = chirp
        scratchCount = chirp.scratchCount
    }

    /// Transforms the numbers in place.
    ///
    /// - Parameters:
    ///   - numbers: `2 * length` vectors.
    ///   - scratch: `scratchCount` vectors.
    func run(_ numbers: UnsafeMutablePointer<Lanes>, scratch: UnsafeMutablePointer<Lanes>) {
        if let chirp { return chirp.run(numbers, scratch: scratch) }
        var (source, target) = (numbers, scratch)
        var (rest, span) = (length, 1)
        for radix in radices {
            switch radix {
            case 2: stepOf2(source, target, rest, span)
            case 3: stepOf3(source, target, rest, span)
            case 4: stepOf4(source, target, rest, span)
            default: step(of: radix, source, target, rest, span)
            }
            rest /= radix
            span *= radix
            swap(&source, &target)
        }
        if source != numbers { numbers.update(from: source, count: 2 * length) }
    }

    // In a step, the numbers are `span` interleaved signals of length `rest`. Each is transformed over `radix` numbers
    // that are rest / radix apart, and turned by the roots of unity that the next steps need.

    private func root(_ index: Int) -> (Float, Float) { (roots.base[2 * index], roots.base[2 * index + 1]) }

    private func stepOf2(
        _ x: UnsafeMutablePointer<Lanes>, _ y: UnsafeMutablePointer<Lanes>, _ rest: Int, _ span: Int
    ) {
        let (part, turn) = (rest / 2, length / rest)
        for group in 0..<part {
            let w = root(group * turn)
            for place in 0..<span {
                let (a, b) = (2 * (place + span * group), 2 * (place + span * (group + part)))
                let out = 2 * (place + span * 2 * group)
                y[out] = x[a] + x[b]
                y[out + 1] = x[a + 1] + x[b + 1]
                storeProduct(x[a] - x[b], x[a + 1] - x[b + 1], w, y + out + 2 * span)
            }
        }
    }

    private func stepOf3(
        _ x: UnsafeMutablePointer<Lanes>, _ y: UnsafeMutablePointer<Lanes>, _ rest: Int, _ span: Int
    ) {
        let (part, turn) = (rest / 3, length / rest)
        let sine = Float(0.866_025_403_784_438_6)
        for group in 0..<part {
            let (w1, w2) = (root(group * turn), root(2 * group * turn))
            for place in 0..<span {
                let (a, b) = (2 * (place + span * group), 2 * (place + span * (group + part)))
                let c = 2 * (place + span * (group + 2 * part))
                let out = 2 * (place + span * 3 * group)
                let (sumRe, sumIm) = (x[b] + x[c], x[b + 1] + x[c + 1])
                let (middleRe, middleIm) = (x[a] - 0.5 * sumRe, x[a + 1] - 0.5 * sumIm)
                let (turnRe, turnIm) = (sine * (x[b + 1] - x[c + 1]), sine * (x[c] - x[b]))
                y[out] = x[a] + sumRe
                y[out + 1] = x[a + 1] + sumIm
                storeProduct(middleRe + turnRe, middleIm + turnIm, w1, y + out + 2 * span)
                storeProduct(middleRe - turnRe, middleIm - turnIm, w2, y + out + 4 * span)
            }
        }
    }

    private func stepOf4(
        _ x: UnsafeMutablePointer<Lanes>, _ y: UnsafeMutablePointer<Lanes>, _ rest: Int, _ span: Int
    ) {
        let (part, turn) = (rest / 4, length / rest)
        for group in 0..<part {
            let (w1, w2, w3) = (root(group * turn), root(2 * group * turn), root(3 * group * turn))
            for place in 0..<span {
                let a = x + 2 * (place + span * group)
                let b = x + 2 * (place + span * (group + part))
                let c = x + 2 * (place + span * (group + 2 * part))
                let d = x + 2 * (place + span * (group + 3 * part))
                let out = y + 2 * (place + span * 4 * group)
                let (sumRe, sumIm) = (a[0] + c[0], a[1] + c[1])
                let (gapRe, gapIm) = (a[0] - c[0], a[1] - c[1])
                let (otherRe, otherIm) = (b[0] + d[0], b[1] + d[1])
                let (turnRe, turnIm) = (b[1] - d[1], d[0] - b[0])
                out[0] = sumRe + otherRe
                out[1] = sumIm + otherIm
                storeProduct(gapRe + turnRe, gapIm + turnIm, w1, out + 2 * span)
                storeProduct(sumRe - otherRe, sumIm - otherIm, w2, out + 4 * span)
                storeProduct(gapRe - turnRe, gapIm - turnIm, w3, out + 6 * span)
            }
        }
    }

    /// A step of any length, by the definition.
    private func step(
        of radix: Int, _ x: UnsafeMutablePointer<Lanes>, _ y: UnsafeMutablePointer<Lanes>, _ rest: Int, _ span: Int
    ) {
        let (part, turn, apart) = (rest / radix, length / rest, length / radix)
        for group in 0..<part {
            for place in 0..<span {
                for result in 0..<radix {
                    var (re, im) = (Lanes.zero, Lanes.zero)
                    for term in 0..<radix {
                        let w = root(result * term % radix * apart)
                        let at = 2 * (place + span * (group + term * part))
                        re += w.0 * x[at] - w.1 * x[at + 1]
                        im += w.0 * x[at + 1] + w.1 * x[at]
                    }
                    storeProduct(re, im, root(result * group * turn), y + 2 * (place + span * (radix * group + result)))
                }
            }
        }
    }
}
