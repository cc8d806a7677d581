internal import DeeperTensors
internal import Synchronization

/// A prepared computation of a plan: shapes, weights and tiles are fixed; only the operands' addresses are given for
/// each run.
///
/// The work is cut into tiles by the geometry and the number of workers, and the bits of an element do not depend on
/// the cut. Tiles write disjoint parts of the outputs and may run in any order and on any thread. `run` does not
/// allocate memory.
public protocol Kernel: AnyObject, Sendable {
    /// The number of independent tiles.
    var tileCount: Int { get }
    /// The bytes of private memory that a worker provides for a tile.
    var scratchByteCount: Int { get }
    /// A description of the kernel for plans and profiles.
    var report: KernelReport { get }
    /// Computes one tile. `scratch` has `scratchByteCount` bytes on a 64-byte boundary.
    func run(tile: Int, operands: Operands, scratch: Scratch)
}

extension Kernel {
    public var scratchByteCount: Int { 0 }
}

/// The addresses of a step's operands, inputs before outputs, and the flag by which a kernel reports values that it
/// cannot compute with.
///
/// Accesses are not checked: the kernel and the plan have agreed on sizes beforehand, and a check per element would
/// cost more than most computations.
public struct Operands {
    private let addresses: UnsafePointer<UnsafeMutableRawPointer>
    private let faults: FaultFlag
    private let step: Int

    /// - Parameter step: the step's number, for reports of faults.
    /// - Precondition: `addresses` outlives the run and has as many entries as the kernel has operands.
    public init(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, faults: FaultFlag, step: Int = 0) {
        self.addresses = addresses
        self.faults = faults
        self.step = step
    }

    /// The address of operand `index`.
    public subscript(index: Int) -> UnsafeMutableRawPointer { addresses[index] }

    /// Operand `index` as elements of the type that the kernel was made for.
    func typed<Element: TensorElement>(_ index: Int, as: Element.Type = Element.self) -> UnsafeMutablePointer<Element> {
        addresses[index].assumingMemoryBound(to: Element.self)
    }

    func floats(_ index: Int) -> UnsafeMutablePointer<Float> { typed(index) }

    /// The same run with other addresses, for kernels that consist of other kernels.
    func readdressed(_ addresses: UnsafePointer<UnsafeMutableRawPointer>) -> Operands {
        Operands(addresses, faults: faults, step: step)
    }

    /// The same without the first `count` operands.
    func dropping(_ count: Int) -> Operands { Operands(addresses + count, faults: faults, step: step) }

    /// Reports input values that the kernel cannot compute with; the run ends with an error after this step.
    func report(_ fault: Fault) { faults.raise(fault, step: step) }
}

/// Why a kernel cannot compute with the values of its inputs, which is detected only during a run.
public enum Fault: Int, Sendable {
    case indexOutOfRange = 1
    case divisionByZero = 2
    case badScale = 3

    public var message: String {
        switch self {
        case .indexOutOfRange: "an index lies outside its axis"
        case .divisionByZero: "integer division by zero"
        case .badScale: "a scale of quantisation is not positive and finite"
        }
    }
}

/// The first fault of a run. Kernels on several threads may raise it at the same time.
public final class FaultFlag: Sendable {
    private let raised = Atomic<Int>(0)

    public init() {}

    func raise(_ fault: Fault, step: Int = 0) {
        _ = raised.compareExchange(expected: 0, desired: fault.rawValue | step << 8, ordering: .relaxed)
    }

    /// The step that raised the fault that ``take()`` will return.
    public var step: Int { raised.load(ordering: .relaxed) >> 8 }

    /// The fault raised since the last call, if any.
    public func take() -> Fault? { Fault(rawValue: raised.exchange(0, ordering: .relaxed) & 0xff) }

    /// Whether a fault was raised since the last ``take()``.
    public var isRaised: Bool { raised.load(ordering: .relaxed) != 0 }
}

/// A worker's private memory during one tile.
public struct Scratch {
    let base: UnsafeMutableRawPointer

    public init(_ base: UnsafeMutableRawPointer) { self.base = base }

    var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

/// The range of items that part `index` covers if `count` items are divided into `parts` equal parts.
@inlinable
public func partition(_ count: Int, part index: Int, of parts: Int) -> Range<Int> {
    count * index / parts..<count * (index + 1) / parts
}

/// The number of tiles for streaming work: about 32768 elements each, at least one tile.
@inlinable
public func streamingTileCount(elements: Int, rows: Int) -> Int {
    max(1, min(rows, elements / 32768))
}
