internal import CDeeperKernels
public import DeeperTensors

/// A routine that multiplies rows by packed panels: a line of `CDeeperKernels/routines.inc`, the list of all of them.
///
/// ``best(_:_:on:_:)`` selects the routine for a kernel; tests and measurements iterate over ``all``.
public struct ProductRoutine: @unchecked Sendable, Hashable {
    /// The element types that a routine works with.
    public struct Types: Sendable, Hashable {
        public var rows: ElementType
        public var panel: ElementType
        /// The type of the accumulators.
        public var sums: ElementType
        /// The type of the results.
        public var results: ElementType

        public init(rows: ElementType, panel: ElementType, sums: ElementType, results: ElementType) {
            self.rows = rows
            self.panel = panel
            self.sums = sums
            self.results = results
        }

        public static let float32 = Types(rows: .float32, panel: .float32, sums: .float32, results: .float32)
    }

    /// The rows and columns of a product.
    public struct Size: Sendable, Hashable {
        public var rows: Int
        public var columns: Int

        public init(rows: Int, columns: Int) {
            self.rows = rows
            self.columns = columns
        }
    }

    /// The order in which an element's products are summed.
    public enum Order: String, Sendable {
        /// The house order (docs/numerics.md): an element's bits depend on neither its block nor its neighbours.
        case chains
    }

    // Points to constant data of the program.
    private let pointer: UnsafePointer<ck_routine>
    let routine: ck_routine

    init(_ pointer: UnsafePointer<ck_routine>) {
        self.pointer = pointer
        self.routine = pointer.pointee
    }

    public static func == (a: ProductRoutine, b: ProductRoutine) -> Bool { a.pointer == b.pointer }
    public func hash(into hasher: inout Hasher) { hasher.combine(pointer) }

    /// Every routine of this build, in the order of the list.
    public static var all: [ProductRoutine] {
        sequence(state: 0) { (index: inout Int) in
            defer { index += 1 }
            return ck_routine_at(index).map(ProductRoutine.init)
        }.map { $0 }
    }

    /// The routines that this CPU can run.
    public static var available: [ProductRoutine] {
        let host = CPUFeatures.host
        return all.filter { host.isSuperset(of: $0.features) }
    }

    /// The routine of an instruction set for the given types that this CPU can run and that needs the fewest
    /// instructions for a product of this size; of several equal ones, the first in the list.
    public static func best(
        _ types: Types, _ size: Size, on set: InstructionSet, _ host: CPUFeatures = .host
    ) -> ProductRoutine? {
        all.filter { $0.types == types && $0.instructionSet == set && host.isSuperset(of: $0.features) }
            .min { $0.instructionsPerTerm(size) < $1.instructionsPerTerm(size) }
    }

    /// The number of multiply-adds of registers, and of loads, for each term along k.
    func instructionsPerTerm(_ size: Size) -> Int {
        let width = routine.vector_width
        let blocks = (size.rows + rows - 1) / rows
        return stride(from: 0, to: size.columns, by: columns).reduce(0) { sum, column in
            let vectors = (min(columns, size.columns - column) + width - 1) / width
            // Every block loads the elements of its rows and the registers of the panel.
            return sum + size.rows * vectors + size.rows + blocks * vectors
        }
    }

    /// The name of the routine within its instruction set.
    public var name: String { String(cString: routine.name) }

    /// The instruction set that the routine belongs to.
    public var instructionSet: InstructionSet {
        // Non-nil: a routine is compiled in the file of its instruction set.
        InstructionSet(rawValue: String(cString: routine.set))!
    }

    /// The features that a CPU needs to run the routine.
    public var features: CPUFeatures {
        instructionSet.features.union(CPUFeatures(rawValue: routine.features))
    }

    public var types: Types {
        Types(
            rows: ElementType(routine.row_type), panel: ElementType(routine.panel_type),
            sums: ElementType(routine.sum_type), results: ElementType(routine.store_type))
    }

    /// The number of rows that are computed at once.
    public var rows: Int { routine.rows }
    /// The number of columns that are computed at once, which is also that of a full panel.
    public var columns: Int { routine.vectors * routine.vector_width }
    /// The number of terms along k that are adjacent in a panel.
    public var step: Int { routine.step }
    public var order: Order {
        switch routine.order {
        case CK_CHAINS: .chains
        default: preconditionFailure("ck_order has a case that ProductRoutine.Order lacks")
        }
    }

    var panelWidth: PanelWidth { PanelWidth(columns: columns, register: routine.vector_width) }

    /// The number of columns in a panel, padded with zeros to whole registers.
    func paddedColumns(_ columns: Int) -> Int { panelWidth.padded(columns) }
}

extension ElementType {
    fileprivate init(_ type: ck_type) {
        self =
            switch type {
            case CK_FLOAT32: .float32
            case CK_INT32: .int32
            case CK_INT8: .int8
            case CK_UINT8: .uint8
            default: preconditionFailure("ck_type has a case that ElementType lacks")
            }
    }
}
