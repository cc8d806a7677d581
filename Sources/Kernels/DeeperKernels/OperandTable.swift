public import DeeperTensors

/// The addresses of all operands of a plan's steps, in numbered slots. Slots are bound when memory is reserved, those
/// of the caller's tensors at every run. The table keeps the memory that it points to alive, except that of the
/// caller's tensors.
///
/// It is in this module so that code that runs plans needs no pointers.
public final class OperandTable: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private let arena: AlignedStorage
    private var constants: [Tensor] = []
    private let faults: FaultFlag

    /// Makes a table in which every slot points to the start of the arena.
    ///
    /// - Parameter arena: memory, which other tables may use between the runs of this one.
    public init(slotCount: Int, arena: AlignedStorage, faults: FaultFlag) {
        self.arena = arena
        self.slots = .allocate(capacity: max(slotCount, 1))
        // Non-nil: a block of AlignedStorage is never empty.
        slots.initialize(repeating: arena.mutableBytes.baseAddress!, count: max(slotCount, 1))
        self.faults = faults
    }

    deinit { slots.deallocate() }

    public func bind(_ slot: Int, toArenaOffset offset: Int) {
        slots[slot] = arena.mutableBytes.baseAddress! + offset
    }

    /// - Precondition: as for inputs.
    public func bind(_ slot: Int, toConstant tensor: Tensor) throws {
        constants.append(tensor)
        try bind(slot, toInput: tensor)
    }

    /// - Precondition: the tensor is in memory; the caller keeps it unchanged while steps run.
    public func bind(_ slot: Int, toInput tensor: Tensor) throws {
        // Kernels only read their inputs; the table has one pointer type for both.
        slots[slot] = try tensor.withUnsafeBytes { UnsafeMutableRawPointer(mutating: $0.baseAddress!) }
    }

    /// - Precondition: as for inputs. If there is another copy of `tensor`, it gets memory of its own here.
    public func bind(_ slot: Int, toOutput tensor: inout Tensor) throws {
        slots[slot] = try tensor.withUnsafeMutableBytes { $0.baseAddress! }
    }

    /// - Precondition: `offset` is inside the memory, which the caller keeps alive while steps run.
    public func bind(_ slot: Int, toState memory: FloatMemory, at offset: Int) {
        precondition(offset >= 0 && offset <= memory.count)
        slots[slot] = memory.withUnsafeMutableBytes { $0.baseAddress! + offset * 4 }
    }

    /// Binds a slot to the address `byteCount` bytes after that of another slot.
    ///
    /// - Precondition: the operand of `origin` extends to that address.
    public func bind(_ slot: Int, to origin: Int, advancedBy byteCount: Int) { slots[slot] = slots[origin] + byteCount }

    /// Fills the first `arenaBytes` bytes of the arena and `outputs` with bytes that are NaN as floats and implausible
    /// as integers or bools, so that results that depend on unwritten memory can be recognised.
    ///
    /// - Precondition: no step runs.
    public func poison(arenaBytes: Int, _ outputs: inout [Tensor]) throws {
        func fill(_ bytes: UnsafeMutableRawBufferPointer) {
            _ = bytes.initializeMemory(as: UInt8.self, repeating: 0xff)
        }
        fill(UnsafeMutableRawBufferPointer(rebasing: arena.mutableBytes[..<arenaBytes]))
        for index in outputs.indices { try outputs[index].withUnsafeMutableBytes(fill) }
    }

    /// Computes one tile of a kernel whose operands start at `slot`.
    ///
    /// - Parameters:
    ///   - step: the step's number, for reports of faults.
    ///   - scratch: the offset of the kernel's private memory in the arena.
    public func run(_ kernel: any Kernel, tile: Int, operandsFrom slot: Int, step: Int, scratch: Int) {
        kernel.run(
            tile: tile, operands: Operands(UnsafePointer(slots + slot), faults: faults, step: step),
            scratch: Scratch(arena.mutableBytes.baseAddress! + scratch))
    }
}
