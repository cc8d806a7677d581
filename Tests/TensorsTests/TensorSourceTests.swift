import DeeperTensors
import DeeperTestSupport
import Synchronization
import Testing

/// Tensors whose bytes are stored elsewhere.
@Suite struct TensorSourceTests {
    /// Counts upwards, and how often it was asked.
    private final class Counting: TensorSource {
        let readCount = Atomic<Int>(0)
        let isBroken = Atomic<Bool>(false)

        func read(into bytes: UnsafeMutableRawBufferPointer) throws {
            if isBroken.load(ordering: .relaxed) { throw DeeperError(.invalidModel, "gone") }
            readCount.add(1, ordering: .relaxed)
            for index in 0..<bytes.count / 4 {
                bytes.storeBytes(of: Float(index), toByteOffset: index * 4, as: Float.self)
            }
        }
    }

    private let extent = 1 << 14
    private var numbers: [Float] { (0..<extent).map { Float($0) } }

    @Test("a large source is read at every access, and not before") func deferred() throws {
        let source = Counting()
        let tensor = try Tensor(.float32, shape: [4, extent / 4], source: source)
        #expect(source.readCount.load(ordering: .relaxed) == 0)
        #expect(try tensor.elements(as: Float.self) == numbers)
        #expect(try tensor.doubles() == numbers.map(Double.init))
        #expect(try tensor.reshaped([extent]).elements(as: Float.self) == numbers)
        #expect(source.readCount.load(ordering: .relaxed) == 3)
    }

    @Test("a small source is read at once") func small() throws {
        let source = Counting()
        let tensor = try Tensor(.float32, shape: [8], source: source)
        source.isBroken.store(true, ordering: .relaxed)
        #expect(try tensor.elements(as: Float.self) == [0, 1, 2, 3, 4, 5, 6, 7])
    }

    @Test("in memory, a tensor no longer needs its source") func inMemory() throws {
        let source = Counting()
        let deferred = try Tensor(.float32, shape: [extent], source: source)
        let tensor = try deferred.inMemory()
        source.isBroken.store(true, ordering: .relaxed)
        #expect(try tensor.elements(as: Float.self) == numbers)
        #expect(throws: DeeperError.self) { try deferred.elements(as: Float.self) }
        #expect(throws: DeeperError.self) { try deferred.withUnsafeBytes { _ in } }
        #expect(throws: DeeperError.self) { try deferred.doubles() }
    }

    @Test("writing leaves the source and other copies alone") func writing() throws {
        let first = try Tensor(.float32, shape: [extent], source: Counting())
        var second = first
        try second.withUnsafeMutableBytes { $0.storeBytes(of: Float(-1), as: Float.self) }
        #expect(try second.elements(as: Float.self) == [-1] + numbers.dropFirst())
        #expect(try first.elements(as: Float.self) == numbers)
    }

    @Test("joined: parts in memory and parts elsewhere, in order") func joined() throws {
        let source = Counting()
        let parts = [
            try Tensor([7, 8] as [Float], shape: [2]), try Tensor(.float32, shape: [extent], source: source),
            try Tensor([9] as [Float], shape: [1]),
        ]
        let tensor = try Tensor(joining: parts, shape: [extent + 3])
        #expect(source.readCount.load(ordering: .relaxed) == 0)
        #expect(try tensor.elements(as: Float.self) == [7, 8] + numbers + [9])
    }

    @Test("scaled: one factor for each entry of the first axis") func scaled() throws {
        let rows = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]).scaled(by: [1, -2, 0.5])
        #expect(try rows.elements(as: Float.self) == [1, 2, -6, -8, 2.5, 3])
        let large = try Tensor(.float32, shape: [2, extent / 2], source: Counting()).scaled(by: [1, 2])
        #expect(try large.elements(as: Float.self) == numbers.map { $0 < Float(extent / 2) ? $0 : 2 * $0 })
    }
}
