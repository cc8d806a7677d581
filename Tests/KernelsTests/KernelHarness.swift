import DeeperKernels
import DeeperTensors
import Glibc
import Testing

/// The elements of an input operand.
struct Input {
    let bytes: [UInt8]
    let elementBytes: Int

    init<Element: TensorElement>(_ elements: [Element]) {
        bytes = elements.withUnsafeBytes { [UInt8]($0) }
        elementBytes = MemoryLayout<Element>.stride
    }
}

/// The memory of an output operand: rows of `channels` elements, `pitch` elements apart. The gaps between them belong
/// to somebody else.
struct Output {
    let elementBytes: Int
    let rows: Int
    let channels: Int
    let pitch: Int

    init(_ elementType: ElementType, rows: Int, channels: Int, pitch: Int? = nil) {
        self.elementBytes = elementType.byteCount
        self.rows = rows
        self.channels = channels
        self.pitch = pitch ?? channels
    }

    init(_ elementType: ElementType, count: Int) { self.init(elementType, rows: 1, channels: count) }

    var byteCount: Int { rows * pitch * elementBytes }

    /// For each byte 1, or 0 in the gaps.
    var ownBytes: [UInt8] {
        let row =
            [UInt8](repeating: 1, count: channels * elementBytes)
            + [UInt8](repeating: 0, count: (pitch - channels) * elementBytes)
        return (0..<rows).flatMap { _ in row }
    }
}

/// What a kernel wrote, gaps left out.
struct KernelResult {
    let outputs: [[UInt8]]
    let fault: Fault?

    func elements<Element: TensorElement>(_ output: Int = 0, as: Element.Type = Element.self) -> [Element] {
        outputs[output].withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    }
}

/// Runs a kernel by itself and checks what every kernel promises:
///
/// - it writes every element of its outputs, by exactly one tile, and no gap;
/// - tiles give the same bits in any order;
/// - it needs no more scratch than it says, and finds nothing of use in it or in its outputs beforehand;
/// - it leaves its inputs and all memory around its operands as they were.
///
/// Operands lie on the boundary of their elements only. Guards and scratch hold NaN, so that reading them shows in
/// float results.
func exercise(
    _ kernel: any Kernel, inputs: [Input], outputs: [Output], sourceLocation: SourceLocation = #_sourceLocation
) throws -> KernelResult {
    let forward = try Bench(kernel, inputs, outputs, fill: 0xFF)
    forward.run(Array(0..<kernel.tileCount))
    let backward = try Bench(kernel, inputs, outputs, fill: 0x5A)
    backward.run((0..<kernel.tileCount).reversed())
    for complaint in forward.complaints() + backward.complaints() {
        Issue.record("\(kernel.report.lowering): \(complaint)", sourceLocation: sourceLocation)
    }
    let fault = forward.faults.take()
    #expect(fault == backward.faults.take(), sourceLocation: sourceLocation)
    if fault == nil {
        var writers = outputs.map { [UInt8](repeating: 0, count: $0.byteCount) }
        let sets = kernel.tileCount == 1 ? [[0]] : (0..<kernel.tileCount).map { [$0] }
        for tiles in sets {
            let (one, other) = try (
                Bench(kernel, inputs, outputs, fill: 0xFF), Bench(kernel, inputs, outputs, fill: 0x5A)
            )
            one.run(tiles)
            other.run(tiles)
            for index in outputs.indices { one.countWrites(of: index, beside: other, into: &writers[index]) }
        }
        for (index, output) in outputs.enumerated() {
            let expected = output.ownBytes
            if writers[index] != expected,
                let byte = expected.indices.first(where: { writers[index][$0] != expected[$0] })
            {
                Issue.record(
                    """
                    \(kernel.report.lowering): element \(byte / output.elementBytes) of output \(index), where \
                    \(expected[byte]) tile should write, is written by \(writers[index][byte]) of \(kernel.tileCount)
                    """, sourceLocation: sourceLocation)
            }
            let isEqual = forward.dense(index, output) == backward.dense(index, output)
            #expect(isEqual, "\(kernel.report.lowering): the order of tiles matters", sourceLocation: sourceLocation)
        }
    }
    return KernelResult(outputs: outputs.enumerated().map { forward.dense($0, $1) }, fault: fault)
}

/// Operands and scratch between guards.
private final class Bench {
    let faults = FaultFlag()
    private let kernel: any Kernel
    private let inputs: [(memory: Guarded, bytes: [UInt8])]
    private let outputs: [Guarded]
    private let scratch: Guarded
    private var addresses: [UnsafeMutableRawPointer]

    init(_ kernel: any Kernel, _ inputs: [Input], _ outputs: [Output], fill: UInt8) throws {
        self.kernel = kernel
        self.inputs = try inputs.map { input in
            let memory = try Guarded(byteCount: input.bytes.count, skew: input.elementBytes)
            memory.payload.copyBytes(from: input.bytes)
            return (memory, input.bytes)
        }
        self.outputs = try outputs.map { output in
            let memory = try Guarded(byteCount: output.byteCount, skew: output.elementBytes)
            memory.fill(with: fill)
            return memory
        }
        self.scratch = try Guarded(byteCount: kernel.scratchByteCount, skew: 0)
        self.addresses = self.inputs.map(\.memory.start) + self.outputs.map(\.start)
    }

    func run(_ tiles: [Int]) {
        addresses.withUnsafeBufferPointer { table in
            // Not empty: every kernel has an output.
            let operands = Operands(table.baseAddress!, faults: faults)
            for tile in tiles {
                scratch.fill(with: 0xFF)
                kernel.run(tile: tile, operands: operands, scratch: Scratch(scratch.start))
            }
        }
    }

    /// What is wrong with the memory that the kernel should have left alone.
    func complaints() -> [String] {
        var found: [String] = []
        for (index, input) in inputs.enumerated() {
            if memcmp(input.memory.start, input.bytes, input.bytes.count) != 0 {
                found.append("input \(index) is written to")
            }
            if !input.memory.isIntact { found.append("memory around input \(index) is written to") }
        }
        for (index, output) in outputs.enumerated() where !output.isIntact {
            found.append("memory around output \(index) is written to")
        }
        if !scratch.isIntact { found.append("more scratch is used than \(kernel.scratchByteCount) bytes") }
        return found
    }

    /// Adds 1 for every byte that was written: in both runs or in neither, since the outputs began differently.
    func countWrites(of output: Int, beside other: Bench, into writers: inout [UInt8]) {
        // Plain pointers: this loop is most of what the tests do, and they should be quick without optimisation.
        let own = outputs[output].start.assumingMemoryBound(to: UInt8.self)
        let others = other.outputs[output].start.assumingMemoryBound(to: UInt8.self)
        let count = writers.count
        writers.withUnsafeMutableBufferPointer { writers in
            guard let writers = writers.baseAddress else { return }
            var byte = 0
            while byte < count {
                if own[byte] != 0xFF || others[byte] != 0x5A { writers[byte] += 1 }
                byte += 1
            }
        }
    }

    func dense(_ index: Int, _ output: Output) -> [UInt8] {
        let bytes = outputs[index].payload
        if output.pitch == output.channels { return [UInt8](bytes) }
        return (0..<output.rows).flatMap { row in
            let start = row * output.pitch * output.elementBytes
            return [UInt8](bytes[start..<start + output.channels * output.elementBytes])
        }
    }
}

/// Memory with 256 bytes before and after it that nobody should touch.
private final class Guarded {
    private static let guardBytes = 256
    private static let untouched = [UInt8](repeating: 0xFF, count: guardBytes + 64)
    private let storage: AlignedStorage
    private let first: Int
    private let byteCount: Int

    /// - Parameter skew: bytes from a 64-byte boundary to the first one.
    init(byteCount: Int, skew: Int) throws {
        self.byteCount = byteCount
        self.first = Guarded.guardBytes + skew
        self.storage = try AlignedStorage(byteCount: first + byteCount + Guarded.guardBytes)
        _ = storage.mutableBytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
    }

    var payload: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: storage.mutableBytes[first..<first + byteCount])
    }

    // The block is never empty.
    var start: UnsafeMutableRawPointer { storage.mutableBytes.baseAddress! + first }

    var isIntact: Bool {
        memcmp(start - first, Guarded.untouched, first) == 0
            && memcmp(start + byteCount, Guarded.untouched, Guarded.guardBytes) == 0
    }

    func fill(with byte: UInt8) { _ = payload.initializeMemory(as: UInt8.self, repeating: byte) }
}

extension Kernel {
    /// What a plan requires of a kernel that follows another one.
    func following(_ producer: any Kernel) -> (any Kernel)? { (self as? any JoiningKernel)?.following(producer) }
}
