internal import CDeeperKernels
public import DeeperTensors

/// A routine that multiplies integer rows by packed panels: a line of `CDeeperKernels/integer-routines.inc`.
///
/// Sums are exact, so all routines give the same bits; the choice is one of speed.
public struct IntegerRoutine: @unchecked Sendable, CustomStringConvertible {
    // Constant data of the program.
    let routine: ck_integer_routine

    /// Every routine of this build.
    public static var all: [IntegerRoutine] {
        sequence(state: 0) { (index: inout Int) in
            defer { index += 1 }
            return ck_integer_routine_at(index).map { IntegerRoutine(routine: $0.pointee) }
        }.map { $0 }
    }

    /// Those that this CPU runs.
    static var available: [IntegerRoutine] {
        let host = CPUFeatures.host
        return all.filter { host.isSuperset(of: $0.features) }
    }

    /// The one of an instruction set that multiplies most terms at once, among those whose panels hold the weights.
    ///
    /// - Parameter fitsBytes: whether weights less their zero points are from -128 to 127.
    static func best(on set: InstructionSet, fitsBytes: Bool) -> IntegerRoutine {
        let own = available.filter { $0.set == set.rawValue && (fitsBytes || $0.rowBytes == 2) }
        guard let best = own.max(by: { $0.routine.step < $1.routine.step }) else {
            preconditionFailure("instruction set \(set.rawValue) has no product of integers (integer-routines.inc)")
        }
        return best
    }

    public var name: String { String(cString: routine.name) }
    /// The instruction set that it belongs to.
    public var set: String { String(cString: routine.set) }
    public var description: String { "\(set) \(name)" }
    /// Terms along k that a lane multiplies at once.
    public var step: Int { routine.step }
    /// Columns of a panel.
    public var columns: Int { routine.vectors * routine.vector_width }
    /// What rows are stored as: uint8, which panels of int8 meet, or int16, which meets its own type.
    public var multiplied: ElementType { rowBytes == 1 ? .uint8 : .int16 }

    /// What a CPU must have to run it.
    public var features: CPUFeatures {
        (InstructionSet(rawValue: set)?.features ?? []).union(CPUFeatures(rawValue: routine.features))
    }

    /// Bytes of an element of a row, and of a panel: 1 for uint8 by int8, 2 for int16.
    var rowBytes: Int { 4 / routine.step }
    /// Rows that are computed at once.
    public var rows: Int { routine.rows }
    var panelWidth: PanelWidth {
        PanelWidth(columns: routine.vectors * routine.vector_width, register: routine.vector_width)
    }
}
