import CDeeperKernels
import CTestSupport
import DeeperKernels
import DeeperTensors
import Testing

@Suite struct ProductRoutineTests {
    @Test("every routine gives the bits of a plain loop in its declared order", arguments: ProductRoutine.available)
    func bits(routine: ProductRoutine) throws {
        #expect(routine.order == .chains)
        let index = try #require(ProductRoutine.all.firstIndex(of: routine))
        var message = [CChar](repeating: 0, count: 400)
        let failures = rc_check_routine(ck_routine_at(index), &message, message.count)
        let text = message.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        #expect(failures == 0, "\(text)")
    }

    @Test("every instruction set has a product of float32, and only routines that the CPU runs are chosen")
    func choice() throws {
        for set in InstructionSet.allCases {
            let best = try #require(ProductRoutine.best(.float32, on: set, set.features))
            #expect(best.instructionSet == set && set.features.isSuperset(of: best.features))
        }
        #expect(ProductRoutine.best(.float32, on: InstructionSet.allCases.last!, []) == nil)
        let bytes = ProductRoutine.Types(rows: .int8, panel: .int8, sums: .int32, results: .float32)
        #expect(ProductRoutine.best(bytes, on: .portable) == nil)
    }
}
