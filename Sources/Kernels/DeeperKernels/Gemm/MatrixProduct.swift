/// The product of two matrices in memory by a ``GemmProvider``, for preparing weights.
///
/// - Parameters:
///   - a: m x k, row-major.
///   - b: k x n, row-major.
/// - Returns: m x n, row-major.
public func matrixProduct(
    _ a: [Float], _ b: [Float], m: Int, n: Int, k: Int, by provider: any GemmProvider
) -> [Float] {
    precondition(a.count == m * k && b.count == k * n)
    guard m > 0, n > 0, k > 0 else { return [Float](repeating: 0, count: m * n) }
    return [Float](unsafeUninitializedCapacity: m * n) { buffer, count in
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                guard let a = a.baseAddress, let b = b.baseAddress, let c = buffer.baseAddress else { return }
                provider.multiply(m: m, n: n, k: k, a: a, aPitch: k, b: b, bPitch: n, c: c, cPitch: n)
            }
        }
        count = m * n
    }
}
