internal import CDeeperKernels
public import DeeperTensors

/// A routine that multiplies rows by packed panels: a line of `CDeeperKernels/routines.inc`, the list of all of them.
///
/// ``best(_:_:on:_:)`` chooses one for a kernel; whoever tests or measures walks through ``all``.
public struct ProductRoutine: @unchecked Sendable, Hashable {
    /// The element types that a routine works with.
    public struct Types: Sendable, Hashable {
        public var rows: ElementType
        public var panel: ElementType
        /// Of the accumulators.
        public var sums: ElementType
        /// Of what is written.
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

    /// In which order an element's products are added up.
    public enum Order: String, Sendable {
        /// The house order (docs/numerics.md): an element's bits depend on neither its block nor its neighbours.
        case chains
    }

    // Constant data of the program.
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

    /// The routines that this CPU runs.
    public static var available: [ProductRoutine] {
        let host = CPUFeatures.host
        return all.filter { host.isSuperset(of: $0.features) }
    }

    /// The routine that computes with such types, belongs to an instruction set, needs nothing that the CPU lacks, and does
    /// the least for a product of this size; of several that do equally much, the first in the list.
    public static func best(
        _ types: Types, _ size: Size, on set: InstructionSet, _ host: CPUFeatures = .host
    ) -> ProductRoutine? {
        all.filter { $0.types == types && $0.instructionSet == set && host.isSuperset(of: $0.features) }
            .min { $0.instructionsPerTerm(size) < $1.instructionsPerTerm(size) }
    }

    /// Multiply-adds of registers, and loads, for each term along k.
    func instructionsPerTerm(_ size: Size) -> Int {
        let width = routine.vector_width
        let blocks = (size.rows + rows - 1) / rows
        return stride(from: 0, to: size.columns, by: columns).reduce(0) { sum, column in
            let vectors = (min(columns, size.columns - column) + width - 1) / width
            // Every block loads its rows' elements and the panel's registers.
            return sum + size.rows * vectors + size.rows + blocks * vectors
        }
    }

    /// The name of the routine within its instruction set.
    public var name: String { String(cString: routine.name) }

    /// Whose loops work next to the routine.
    public var instructionSet: InstructionSet {
        // Non-nil: a routine is compiled in the file of its set.
        InstructionSet(rawValue: String(cString: routine.set))!
    }

    /// What a CPU must have.
    public var features: CPUFeatures {
        instructionSet.features.union(CPUFeatures(rawValue: routine.features))
    }

    public var types: Types {
        Types(
            rows: ElementType(routine.row_type), panel: ElementType(routine.panel_type),
            sums: ElementType(routine.sum_type), results: ElementType(routine.store_type))
    }

    /// Rows that are computed at once.
    public var rows: Int { routine.rows }
    /// Columns that are computed at once, and of a full panel.
    public var columns: Int { routine.vectors * routine.vector_width }
    /// Terms along k that lie next to each other in a panel.
    public var step: Int { routine.step }
    public var order: Order {
        switch routine.order {
        case CK_CHAINS: .chains
        default: preconditionFailure("ck_order has a case that ProductRoutine.Order lacks")
        }
    }

    var panelWidth: PanelWidth { PanelWidth(columns: columns, register: routine.vector_width) }

    /// `columns` and the zeros after them in a panel: whole registers.
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
