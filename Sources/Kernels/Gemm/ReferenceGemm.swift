/// Plain loops: the provider that every other one is checked against, and that needs no library.
public final class ReferenceGemm: GemmProvider {
    public let name = "reference"

    public init() {}

    public func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int,
        b: UnsafePointer<Float>, bPitch: Int,
        c: UnsafeMutablePointer<Float>, cPitch: Int
    ) {
        for row in 0..<m {
            let target = c + row * cPitch
            target.update(repeating: 0, count: n)
            for inner in 0..<k {
                let factor = a[row * aPitch + inner]
                let source = b + inner * bPitch
                for column in 0..<n { target[column] += factor * source[column] }
            }
        }
    }
}
