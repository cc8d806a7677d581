// Sums over contiguous floats in float64, in sixteen interleaved chains: additions do not wait for each other, and
// their order depends only on the count.

/// The sum of `count` floats.
func sum(of x: UnsafePointer<Float>, count: Int) -> Double {
    sumOfQuads(x, count) { $0 }
}

/// The sum of (x - center)^2 over `count` floats.
func sumOfSquares(of x: UnsafePointer<Float>, count: Int, around center: Double) -> Double {
    let centers = SIMD4(repeating: center)
    return sumOfQuads(x, count) { value in
        let distance = value - centers
        return distance * distance
    }
}

@inline(__always)
private func sumOfQuads(
    _ x: UnsafePointer<Float>, _ count: Int, _ term: (SIMD4<Double>) -> SIMD4<Double>
) -> Double {
    var (a, b, c, d) = (SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>())
    var index = 0
    while index + 16 <= count {
        a += term(quad(x + index))
        b += term(quad(x + index + 4))
        c += term(quad(x + index + 8))
        d += term(quad(x + index + 12))
        index += 16
    }
    var sum = ((a + b) + (c + d)).sum()
    while index < count {
        sum += term(SIMD4(repeating: Double(x[index])))[0]
        index += 1
    }
    return sum
}

@inline(__always)
private func quad(_ x: UnsafePointer<Float>) -> SIMD4<Double> {
    SIMD4(Double(x[0]), Double(x[1]), Double(x[2]), Double(x[3]))
}
