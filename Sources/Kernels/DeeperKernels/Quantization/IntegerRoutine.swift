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

    /// The routines that this CPU can run.
    static var available: [IntegerRoutine] {
        let host = CPUFeatures.host
        return all.filter { host.isSuperset(of: $0.features) }
    }

    /// The routine of an instruction set that multiplies the most terms at once, among those whose panels can hold the
    /// weights.
    ///
    /// - Parameter fitsBytes: whether weights minus their zero points are from -128 to 127.
    static func best(on set: InstructionSet, fitsBytes: Bool) -> IntegerRoutine {
        let own = available.filter { $0.set == set.rawValue && (fitsBytes || $0.rowBytes == 2) }
        guard let best = own.max(by: { $0.routine.step < $1.routine.step }) else {
            preconditionFailure("instruction set \(set.rawValue) has no product of integers (integer-routines.inc)")
        }
        return best
    }

    public var name: String { String(cString: routine.name) }
    /// The instruction set that the routine belongs to.
    public var set: String { String(cString: routine.set) }
    public var description: String { "\(set) \(name)" }
    /// The number of terms along k that a lane multiplies at once.
    public var step: Int { routine.step }
    /// The number of columns of a panel.
    public var columns: Int { routine.vectors * routine.vector_width }
    /// The type of the rows: uint8 for panels of int8, or int16 for panels of int16.
    public var multiplied: ElementType { rowBytes == 1 ? .uint8 : .int16 }

    /// The features that a CPU needs to run the routine.
    public var features: CPUFeatures {
        (InstructionSet(rawValue: set)?.features ?? []).union(CPUFeatures(rawValue: routine.features))
    }

    /// The bytes of an element of a row, which are also those of a panel: 1 for uint8 times int8, 2 for int16.
    var rowBytes: Int { 4 / routine.step }
    /// The number of rows that are computed at once.
    public var rows: Int { routine.rows }
    var panelWidth: PanelWidth {
        PanelWidth(columns: routine.vectors * routine.vector_width, register: routine.vector_width)
    }
}
