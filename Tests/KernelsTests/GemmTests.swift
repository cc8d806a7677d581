import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Two matrices and the pitches of all three, from a seed.
private struct Product: Sendable {
    var m: Int, n: Int, k: Int
    var aPitch: Int, bPitch: Int, cPitch: Int
    var a: [Float], b: [Float]

    init(m: Int, n: Int, k: Int, gaps: (a: Int, b: Int, c: Int) = (0, 0, 0), seed: UInt64, areWhole: Bool) {
        var generator = SeededGenerator(seed: seed)
        (self.m, self.n, self.k) = (m, n, k)
        (aPitch, bPitch, cPitch) = (k + gaps.a, n + gaps.b, n + gaps.c)
        func matrix(_ rows: Int, _ columns: Int, _ pitch: Int) -> [Float] {
            var values = [Float](repeating: .nan, count: rows * pitch + 1)
            for row in 0..<rows {
                let own = areWhole ? generator.wholeFloats(columns) : generator.floats(columns)
                values.replaceSubrange(row * pitch..<row * pitch + columns, with: own)
            }
            return values
        }
        a = matrix(m, k, aPitch)
        b = matrix(k, n, bPitch)
    }

    /// C with its gaps and one float after it, all of which initially hold 77.
    func run(_ gemm: any GemmProvider) -> [Float] {
        // NaN where the product goes: what was there must not matter.
        var c = [Float](repeating: 77, count: m * cPitch + 1)
        for row in 0..<m { c.replaceSubrange(row * cPitch..<row * cPitch + n, with: repeatElement(.nan, count: n)) }
        gemm.multiply(
            m: m, n: n, k: k, a: a, aPitch: aPitch, b: b, bPitch: bPitch, c: &c, cPitch: cPitch)
        return c
    }

    var definition: [Float] {
        var c = [Float](repeating: 77, count: m * cPitch + 1)
        for row in 0..<m {
            for column in 0..<n {
                c[row * cPitch + column] = Float(
                    (0..<k).reduce(0.0) { $0 + Double(a[row * aPitch + $1]) * Double(b[$1 * bPitch + column]) })
            }
        }
        return c
    }
}

@Suite struct GemmTests {
    @Test("the reference by hand")
    func byHand() {
        var c: [Float] = [-1, -1, -1, -1]
        ReferenceGemm().multiply(
            m: 2, n: 2, k: 3, a: [1, 2, 3, 4, 5, 6], aPitch: 3, b: [1, 10, 100, 1000, 10000, 100_000], bPitch: 2,
            c: &c, cPitch: 2)
        #expect(c == [30201, 302010, 60504, 605040])
    }

    @Test(
        "every provider multiplies whole numbers exactly and writes C alone",
        arguments: [
            (1, 1, 1), (1, 7, 5), (7, 1, 5), (5, 7, 1), (1, 1, 300), (1, 64, 64), (64, 1, 64), (3, 5, 0), (0, 5, 3),
            (5, 0, 3), (16, 16, 16), (17, 33, 65), (4, 200, 9), (196, 8, 12), (31, 96, 40),
        ])
    func shapes(m: Int, n: Int, k: Int) {
        for gaps in [(0, 0, 0), (3, 1, 2), (0, 4, 0)] {
            let product = Product(m: m, n: n, k: k, gaps: gaps, seed: 20, areWhole: true)
            let expected = product.definition
            for choice in GemmChoice.allCases {
                let provider = choice.provider()
                expectEqual(product.run(provider), expected, "\(provider.name), gaps \(gaps)")
            }
        }
    }

    @Test("OpenBLAS and the reference differ by rounding alone", arguments: UInt64(1)...20)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func pick(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
        let product = Product(
            m: pick(1...40), n: pick(1...40), k: pick(1...120), gaps: (pick(0...5), pick(0...5), pick(0...5)),
            seed: seed,
            areWhole: false)
        let (openBLAS, reference) = (product.run(OpenBLASGemm()), product.run(ReferenceGemm()))
        // Factors are below 1, so k terms add up to less than k; each of two sums is off by at most k u k.
        let bound = 2 * Float(product.k) * unitRoundoff * Float(product.k)
        expectClose(openBLAS, reference) { _ in bound }
    }

    /// The serial flavour of OpenBLAS, unguarded, returns wrong products here.
    @Test("products of four threads at once equal those of one thread, bit for bit")
    func concurrency() {
        BLASLibrary.setThreadsPerCall(1)
        let gemm = OpenBLASGemm()
        // Above 10^6 multiply-adds, where OpenBLAS packs into scratch that its serial flavour shares.
        let products = (0..<4).map { index in
            Product(m: 110 + index, n: 96 + 17 * index, k: 120, seed: UInt64(30 + index), areWhole: false)
        }
        let expected = products.map { $0.run(gemm) }
        nonisolated(unsafe) let wrong = UnsafeMutablePointer<Int>.allocate(capacity: 4)
        defer { wrong.deallocate() }
        wrong.initialize(repeating: 0, count: 4)
        let rounds = TestTier.runsHeavyTests ? 300 : 15
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for _ in 0..<rounds where products[thread].run(gemm) != expected[thread] { wrong[thread] += 1 }
        }
        #expect((0..<4).map { wrong[$0] } == [0, 0, 0, 0])
    }

    @Test("choices go by the names of their providers")
    func choices() {
        #expect(GemmChoice.openblas.provider().name == "openblas")
        #expect(GemmChoice.reference.provider().name == "reference")
        #expect(GemmChoice(rawValue: "mkl") == nil)
    }
}

@Suite struct BLASLibraryTests {
    @Test("the library describes itself")
    func description() {
        let library = BLASLibrary.loaded
        #expect(library.configuration.contains("OpenBLAS"))
        #expect(!library.coreName.isEmpty)
    }

    @Test("a newer core type is asked for only where the CPU has more than the library uses")
    func betterCoreType() {
        let better = BLASLibrary.loaded.betterCoreType
        #expect(better == nil || InstructionSet.best != .portable)
        #expect(better?.lowercased() != BLASLibrary.loaded.coreName.lowercased())
    }
}

@Suite struct InstructionSetTests {
    @Test("portable loops are everywhere, and what is best is available")
    func available() throws {
        #expect(InstructionSet.available.first == .portable)
        #expect(InstructionSet.available.last == .best)
        #expect(try KernelOptions(gemm: ReferenceGemm()).instructionSet == .best)
    }

    @Test("a set that this CPU lacks is refused", arguments: InstructionSet.allCases)
    func refused(set: InstructionSet) throws {
        let code = try errorCode { _ = try KernelOptions(gemm: ReferenceGemm(), instructionSet: set) }
        #expect(code == (InstructionSet.available.contains(set) ? nil : .unsupported))
    }
}
