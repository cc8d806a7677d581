import CDeeperKernels
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperExecution

/// The control register of the calling thread, left as it is.
private func currentMode() -> UInt64 {
    let mode = ck_enter_computing_mode()
    ck_restore_mode(mode)
    return mode
}

private let smallest = Float.leastNonzeroMagnitude

/// Multiplies a subnormal number where the compiler cannot do it beforehand.
@inline(never) private func product(_ a: Float, _ b: Float) -> Float { a * b }

@Suite("subnormal numbers are zero while deeper computes") struct FloatingPointModeTests {
    private final class Recorder: WorkerTeam.Job, @unchecked Sendable {
        // One element a tile: tiles do not share any.
        let products: UnsafeMutableBufferPointer<Float>
        init(tiles: Int) {
            products = .allocate(capacity: tiles)
            products.initialize(repeating: .nan)
        }
        deinit { products.deallocate() }
        func run(tile: Int, worker: Int) { products[tile] = product(smallest, 2) }
    }

    @Test("tiles see zero on every thread; the caller's mode is the same before and after", arguments: [1, 3])
    func tiles(threads: Int) throws {
        let before = currentMode()
        let job = Recorder(tiles: 500)
        try WorkerTeam(size: threads).run(job, tiles: 500)
        #expect(job.products.allSatisfy { $0 == 0 })
        #expect(currentMode() == before)
        #expect(product(smallest, 2) == 2 * smallest)
    }

    @Test("subnormal float16 numbers are none of float32's, and stay") func halves() throws {
        let bits = (UInt16(0)...0x3ff).map { $0 }
        let halves = try Tensor(bits.map { Float16(bitPattern: $0) }, shape: [bits.count])
        let (wide, narrow, cast) = try FloatingPointMode.during {
            let wide = try halves.converted(to: .float32)
            let cast = try wide.elements(as: Float.self).map { Float16(saturating: $0.double).bitPattern }
            return (wide, try wide.converted(to: .float16), cast)
        }
        let expected = bits.map { Float($0) * 0x1p-24 }
        #expect(try wide.elements(as: Float.self) == expected)
        #expect(try narrow.isIdentical(to: halves))
        #expect(cast == bits)
    }

    @Test("an unusual mode of the caller changes nothing and is restored") func restored() throws {
        let before = currentMode()
        defer { ck_restore_mode(before) }
        #if arch(x86_64)
        // Rounding towards zero, invalid operations trap.
        let odd: UInt64 = 0x7f00
        #else
        let odd: UInt64 = 3 << 22
        #endif
        ck_restore_mode(odd)
        let third = FloatingPointMode.during { product(1, 2) / 3 }
        #expect(currentMode() == odd)
        ck_restore_mode(before)
        #expect(third == product(1, 2) / 3)
    }

    @Test("an error restores the mode too") func thrown() {
        struct Failure: Error {}
        let before = currentMode()
        #expect(throws: Failure.self) { try FloatingPointMode.during { throw Failure() } }
        #expect(currentMode() == before)
    }
}
