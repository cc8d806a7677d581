import Glibc

/// A Fourier transform of any length as a convolution with a chirp, whose length is a power of two (Bluestein).
final class ChirpTransform: Sendable {
    private typealias Lanes = FourierTransform.Lanes
    private let length: Int
    /// e^(-pi i k^2 / length).
    private let factors: FourierRoots
    /// The transform of the chirp's conjugate, divided by the length of the convolution.
    private let spectrum: FourierRoots
    private let transform: FourierTransform

    init(length: Int) {
        self.length = length
        var size = 1
        while size < 2 * length - 1 { size *= 2 }
        let transform = FourierTransform(length: size)
        self.transform = transform
        let values = (0..<length).map { index -> (Double, Double) in
            // The square modulo the period, before it loses bits.
            let angle = -Double.pi * Double(index * index % (2 * length)) / Double(length)
            return (cos(angle), sin(angle))
        }
        factors = FourierRoots(values.flatMap { [Float($0.0), Float($0.1)] })
        let scale = 1 / Float(size)
        let numbers = UnsafeMutablePointer<Lanes>.allocate(capacity: 2 * size)
        let scratch = UnsafeMutablePointer<Lanes>.allocate(capacity: transform.scratchCount)
        defer {
            numbers.deallocate()
            scratch.deallocate()
        }
        numbers.initialize(repeating: .zero, count: 2 * size)
        scratch.initialize(repeating: .zero, count: transform.scratchCount)
        for (index, value) in values.enumerated() {
            for place in [index, index == 0 ? 0 : size - index] {
                numbers[2 * place] = .init(repeating: Float(value.0))
                numbers[2 * place + 1] = .init(repeating: -Float(value.1))
            }
        }
        transform.run(numbers, scratch: scratch)
        spectrum = FourierRoots((0..<2 * size).map { numbers[$0][0] * scale })
    }

    /// How many vectors of scratch memory a transform takes.
    var scratchCount: Int { 2 * transform.length + transform.scratchCount }

    /// Transforms the numbers in place.
    func run(
        _ numbers: UnsafeMutablePointer<FourierTransform.Lanes>, scratch: UnsafeMutablePointer<FourierTransform.Lanes>
    ) {
        let size = transform.length
        let inner = scratch + 2 * size
        for index in 0..<length {
            let w = (factors.base[2 * index], factors.base[2 * index + 1])
            storeProduct(numbers[2 * index], numbers[2 * index + 1], w, scratch + 2 * index)
        }
        (scratch + 2 * length).update(repeating: .zero, count: 2 * (size - length))
        transform.run(scratch, scratch: inner)
        // The inverse transform is the transform of the conjugate, conjugated.
        for index in 0..<size {
            let w = (spectrum.base[2 * index], spectrum.base[2 * index + 1])
            storeProduct(scratch[2 * index], scratch[2 * index + 1], w, scratch + 2 * index)
            scratch[2 * index + 1] = -scratch[2 * index + 1]
        }
        transform.run(scratch, scratch: inner)
        for index in 0..<length {
            let w = (factors.base[2 * index], factors.base[2 * index + 1])
            storeProduct(scratch[2 * index], -scratch[2 * index + 1], w, numbers + 2 * index)
        }
    }
}
