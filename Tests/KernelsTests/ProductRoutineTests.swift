import CDeeperKernels
import CDeeperTestSupport
import DeeperTensors
import Testing

@testable import DeeperKernels

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
            let size = ProductRoutine.Size(rows: 196, columns: 64)
            let best = try #require(ProductRoutine.best(.float32, size, on: set, set.features))
            #expect(best.instructionSet == set && set.features.isSuperset(of: best.features))
        }
        let size = ProductRoutine.Size(rows: 1, columns: 1)
        #expect(ProductRoutine.best(.float32, size, on: InstructionSet.allCases.last!, []) == nil)
        let bytes = ProductRoutine.Types(rows: .int8, panel: .int8, sums: .int32, results: .float32)
        #expect(ProductRoutine.best(bytes, size, on: .portable) == nil)
    }

    @Test("the higher and wider block does less for large products, the one that fits does less for small ones")
    func size() throws {
        // Made-up lines of the list; nothing runs them.
        let first = try #require(ck_routine_at(0))
        let lines = UnsafeMutablePointer<ck_routine>.allocate(capacity: 2)
        defer { lines.deallocate() }
        for (index, block) in [(rows: 14, vectors: 2), (rows: 6, vectors: 4)].enumerated() {
            lines[index] = first.pointee
            (lines[index].rows, lines[index].vectors, lines[index].vector_width) = (block.rows, block.vectors, 8)
        }
        let (high, wide) = (ProductRoutine(lines), ProductRoutine(lines + 1))
        func prefersHigh(rows: Int, columns: Int) -> Bool {
            let size = ProductRoutine.Size(rows: rows, columns: columns)
            return high.instructionsPerTerm(size) < wide.instructionsPerTerm(size)
        }
        #expect(high.instructionsPerTerm(.init(rows: 14, columns: 16)) == 14 * 2 + 14 + 2)
        #expect(prefersHigh(rows: 196, columns: 16), "half of the wide block would be empty")
        #expect(!prefersHigh(rows: 6, columns: 128), "the high block would read every row twice as often")
    }
}
