internal import CDeeperKernels
public import DeeperTensors
internal import DeeperThreads

/// Measures one convolution kernel: runs it repeatedly on operands of its own. For tuning and benchmarks; plans do not
/// use it.
public final class KernelTimer {
    private let kernel: any Kernel
    private let arena: AlignedStorage
    private let addresses: [UnsafeMutableRawPointer]
    private let scratch: AlignedStorage
    private let faults = FaultFlag()

    /// Makes a timer; nil if the kernel is not a convolution.
    ///
    /// - Throws: `limitExceeded` if memory is refused.
    public init?(_ kernel: any Kernel) throws {
        guard let shape = kernel.report.convolution else { return nil }
        self.kernel = kernel
        let outputRows = shape.images * shape.window.outputPixels
        var counts = [shape.images * shape.window.inputPixels * shape.inputPitch]
        if let pitch = shape.residualPitch { counts.append(outputRows * pitch) }
        counts += shape.outputs.map { outputRows * $0.pitch }
        var generator = SeededGenerator(seed: 1)
        // One block for all operands, as in a plan, because large pages matter.
        var offset = 0
        let offsets = counts.map { count in
            defer { offset += (count * 4 + 63) / 64 * 64 }
            return offset
        }
        arena = try AlignedStorage(byteCount: max(offset, 8 << 20))
        // For 8-bit operands, a quarter of it is read, and any bytes are valid numbers.
        let floats = arena.mutableBytes.bindMemory(to: Float.self)
        for index in 0..<offset / 4 { floats[index] = Float.random(in: -1..<1, using: &generator) }
        // Non-nil: AlignedStorage never hands out an empty block.
        addresses = offsets.map { [arena] in arena.mutableBytes.baseAddress! + $0 }
        scratch = try AlignedStorage(byteCount: kernel.scratchByteCount + 64)
    }

    /// The nanoseconds of one run on the calling thread: the minimum of as many runs as fit the given time, at least
    /// one.
    public func leastNanoseconds(of budget: UInt64) -> UInt64 {
        let end = monotonicNanoseconds() + budget
        var least = UInt64.max
        repeat {
            let start = monotonicNanoseconds()
            run()
            least = min(least, monotonicNanoseconds() - start)
        } while monotonicNanoseconds() < end
        return least
    }

    private func run() {
        addresses.withUnsafeBufferPointer { table in
            guard let base = table.baseAddress else { return }
            for tile in 0..<kernel.tileCount {
                kernel.run(
                    tile: tile, operands: Operands(base, faults: faults),
                    scratch: Scratch(scratch.mutableBytes.baseAddress!))
            }
        }
    }
}

/// Measures the peak rates of one core of this machine with an instruction set.
public struct CoreRate {
    private let set: InstructionSet
    private let loops: VectorLoops

    public init(_ set: InstructionSet) {
        self.set = set
        loops = VectorLoops(set)
    }

    /// The multiply-adds of float32 (2 FLOPs each) or of integers per nanosecond, in registers: the maximum of as many
    /// trials as fit the given time.
    ///
    /// - Parameter multiplied: as for ``KernelReport``.
    public func multiplyAddsPerNanosecond(_ multiplied: ElementType = .float32, budget: UInt64) -> Double {
        let integers = IntegerRoutine.best(on: set, fitsBytes: multiplied != .int16).routine
        let end = monotonicNanoseconds() + budget
        var most = 0.0
        var sink = [Float](repeating: 0, count: max(loops.table.vector_width, integers.vector_width))
        repeat {
            let start = monotonicNanoseconds()
            let count = sink.withUnsafeMutableBufferPointer { sink in
                multiplied == .float32
                    ? loops.table.multiply_adds(20_000, sink.baseAddress)
                    : integers.multiply_adds(20_000, sink.baseAddress)
            }
            most = max(most, Double(count) / Double(max(1, monotonicNanoseconds() - start)))
            // Every trial begins with zeros, which are the same as floats and as integers.
            for index in sink.indices { sink[index] = 0 }
        } while monotonicNanoseconds() < end
        return most
    }

    /// The bytes per nanosecond, read and written, of a copy between blocks that do not fit any cache.
    public func copiedBytesPerNanosecond() throws -> Double {
        let floats = 16 << 20
        let (source, target) = (try AlignedStorage(byteCount: floats * 4), try AlignedStorage(byteCount: floats * 4))
        var most = 0.0
        for _ in 0..<4 {
            let start = monotonicNanoseconds()
            var epilogue = ck_epilogue()
            loops.table.finish(
                target.mutableBytes.assumingMemoryBound(to: Float.self).baseAddress, 0,
                source.bytes.assumingMemoryBound(to: Float.self).baseAddress, 0, 1, floats, &epilogue)
            most = max(most, Double(8 * floats) / Double(max(1, monotonicNanoseconds() - start)))
        }
        return most
    }
}
