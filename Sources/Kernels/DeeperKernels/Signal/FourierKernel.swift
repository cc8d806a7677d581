internal import DeeperTensors

/// The discrete Fourier transform of lines of float32 numbers (ONNX DFT and STFT).
///
/// A real line of even length is transformed as half as many complex numbers. Eight lines are transformed at once; the
/// bits of a line do not depend on the others. Operands: X, the window if there is one, Y.
public final class FourierKernel: Kernel {
    public var report: KernelReport { KernelReport("Fourier transform", preparedByteCount: 8 * shape.length) }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let shape: FourierShape
    private let transform: FourierTransform
    /// Whether pairs of real numbers are transformed as complex ones.
    private let isHalved: Bool
    /// The real and imaginary parts of the roots of unity that put the halves together.
    private let roots: FourierRoots

    private typealias Lanes = FourierTransform.Lanes
    private static let lanes = 8

    /// - Precondition: the length is positive; a one-sided inverse reads complex numbers, and has real results.
    public init(_ shape: FourierShape) {
        precondition(shape.length > 0 && !(shape.isInverse && shape.isOneSided && !shape.isComplex))
        self.shape = shape
        isHalved = !shape.isComplex && !shape.isInverse && shape.length % 2 == 0
        transform = FourierTransform(length: isHalved ? shape.length / 2 : shape.length)
        roots = FourierRoots(length: isHalved ? shape.length : 0)
        scratchByteCount = (2 * transform.length + transform.scratchCount) * MemoryLayout<Lanes>.stride
        let groups = (shape.batches * shape.lines + FourierKernel.lanes - 1) / FourierKernel.lanes
        let work = shape.batches * shape.lines * shape.length
        tileCount = max(1, min(groups, work / 16384))
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let numbers = scratch.base.assumingMemoryBound(to: Lanes.self)
        let all = shape.batches * shape.lines
        let groups = (all + FourierKernel.lanes - 1) / FourierKernel.lanes
        for group in partition(groups, part: tile, of: tileCount) {
            let lines = group * FourierKernel.lanes..<min(all, (group + 1) * FourierKernel.lanes)
            read(lines, operands, numbers)
            transform.run(numbers, scratch: numbers + 2 * transform.length)
            write(lines, operands.floats(shape.hasWindow ? 2 : 1), numbers)
        }
    }

    /// Fills the vectors with the lines' numbers, times the window. Lanes without a line are zero.
    private func read(_ lines: Range<Int>, _ operands: Operands, _ numbers: UnsafeMutablePointer<Lanes>) {
        let x = operands.floats(0)
        let window = shape.hasWindow ? operands.floats(1) : nil
        let floats = UnsafeMutableRawPointer(numbers).assumingMemoryBound(to: Float.self)
        numbers.update(repeating: .zero, count: 2 * transform.length)
        let count = min(shape.inputLength, shape.readLength)
        for (lane, line) in lines.enumerated() {
            let source = x + shape.inputPlace(ofLine: line)
            for index in 0..<count {
                let factor = window?[index] ?? 1
                let place = (isHalved ? index : 2 * index) * FourierKernel.lanes + lane
                floats[place] = source[index * shape.inputStride] * factor
                if shape.isComplex {
                    let imaginary = source[index * shape.inputStride + 1] * factor
                    floats[place + FourierKernel.lanes] = shape.isInverse ? -imaginary : imaginary
                }
            }
        }
        guard shape.isInverse, shape.isOneSided else { return }
        // The other side is the conjugate of the one that is given. The numbers at its ends are their own, and real.
        numbers[1] = .zero
        for index in 0..<(shape.length + 1) / 2 where index > 0 {
            numbers[2 * (shape.length - index)] = numbers[2 * index]
            numbers[2 * (shape.length - index) + 1] = -numbers[2 * index + 1]
        }
        if shape.length % 2 == 0 { numbers[shape.length + 1] = .zero }
    }

    private func write(_ lines: Range<Int>, _ y: UnsafeMutablePointer<Float>, _ numbers: UnsafeMutablePointer<Lanes>) {
        let scale = shape.isInverse ? 1 / Float(shape.length) : 1
        for index in 0..<shape.outputLength {
            var (re, im) = isHalved ? joined(index, numbers) : (numbers[2 * index], numbers[2 * index + 1])
            if shape.isInverse { (re, im) = (re * scale, -im * scale) }
            for (lane, line) in lines.enumerated() {
                let target = y + shape.outputPlace(ofLine: line) + index * shape.outputStride
                target[0] = re[lane]
                if !shape.isRealResult { target[1] = im[lane] }
            }
        }
    }

    /// A number of the whole transform, from the one of its even and odd numbers.
    private func joined(_ index: Int, _ numbers: UnsafeMutablePointer<Lanes>) -> (Lanes, Lanes) {
        let half = transform.length
        let (k, other) = (index % half, (half - index % half) % half)
        let (a, b) = (numbers[2 * k], numbers[2 * k + 1])
        let (c, d) = (numbers[2 * other], -numbers[2 * other + 1])
        let (evenRe, evenIm) = (0.5 * (a + c), 0.5 * (b + d))
        let (oddRe, oddIm) = (0.5 * (b - d), 0.5 * (c - a))
        let (cosine, sine) = (roots.base[2 * index], roots.base[2 * index + 1])
        return (evenRe + cosine * oddRe - sine * oddIm, evenIm + cosine * oddIm + sine * oddRe)
    }
}
