import Glibc

/// Complex numbers that never change, at an address that kernels may keep: real and imaginary parts in turn.
final class FourierRoots: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>

    init(_ values: [Float]) {
        base = .allocate(capacity: max(1, values.count))
        base.initialize(from: values, count: values.count)
    }

    /// e^(-2 pi i k / length) for each k.
    convenience init(length: Int) {
        self.init(
            (0..<length).flatMap { index in
                let angle = -2 * Double.pi * Double(index) / Double(length)
                return [Float(cos(angle)), Float(sin(angle))]
            })
    }

    deinit { base.deallocate() }
}

/// Stores a complex number times a root of unity.
@inline(__always)
func storeProduct(
    _ re: SIMD8<Float>, _ im: SIMD8<Float>, _ w: (Float, Float), _ target: UnsafeMutablePointer<SIMD8<Float>>
) {
    target[0] = w.0 * re - w.1 * im
    target[1] = w.0 * im + w.1 * re
}
