/// Matrix products by plain loops: the provider that tests compare others with, and that needs no library.
public final class ReferenceGemm: GemmProvider {
    public let name = "reference"

    public init() {}

    public func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int, aTransposed: Bool,
        b: UnsafePointer<Float>, bPitch: Int, bTransposed: Bool,
        c: UnsafeMutablePointer<Float>, cPitch: Int, adds: Bool
    ) {
        for row in 0..<m {
            let target = c + row * cPitch
            if !adds { target.update(repeating: 0, count: n) }
            for inner in 0..<k {
                let factor = aTransposed ? a[inner * aPitch + row] : a[row * aPitch + inner]
                for column in 0..<n {
                    target[column] += factor * (bTransposed ? b[column * bPitch + inner] : b[inner * bPitch + column])
                }
            }
        }
    }
}
