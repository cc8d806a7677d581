#if CommandLine
import DeeperCommandSupport
import DeeperKernels
import DeeperTensors

/// The packed products that this build has: what `deeper kernels` prints without a model.
enum ProductList {
    private struct Entry: Encodable {
        let instructionSet: String
        let name: String
        let features: [String]
        let types: Types
        let rows: Int
        let columns: Int
        let step: Int
        let order: String
        let isAvailable: Bool

        struct Types: Encodable {
            let rows: String
            let panel: String
            let sums: String
            let results: String
        }

        enum CodingKeys: String, CodingKey {
            case name, features, types, rows, columns, step, order
            case instructionSet = "isa"
            case isAvailable = "available"
        }

        init(_ routine: ProductRoutine) {
            instructionSet = routine.instructionSet.rawValue
            name = routine.name
            features = routine.features.names
            let types = routine.types
            self.types = Types(
                rows: types.rows.rawValue, panel: types.panel.rawValue, sums: types.sums.rawValue,
                results: types.results.rawValue)
            rows = routine.rows
            columns = routine.columns
            step = routine.step
            order = routine.order.rawValue
            isAvailable = CPUFeatures.host.isSuperset(of: routine.features)
        }

        init(_ routine: IntegerRoutine) {
            instructionSet = routine.set
            name = routine.name
            features = routine.features.names
            types = Types(
                rows: routine.multiplied.rawValue, panel: routine.multiplied == .uint8 ? "int8" : "int16",
                sums: "int32",
                results: "int8, int32, float32")
            rows = routine.rows
            columns = routine.columns
            step = routine.step
            order = "any"
            isAvailable = CPUFeatures.host.isSuperset(of: routine.features)
        }
    }

    static func print(json: Bool) throws {
        // Sums of integers are exact in any order.
        let entries = ProductRoutine.all.map { Entry($0) } + IntegerRoutine.all.map { Entry($0) }
        if json { return try Console.printJSON(entries) }
        var table = TextTable(
            "instruction set", "routine", "needs", "rows", "?panel", "?sums", "?results", "block", "?step", "?order",
            "here")
        for entry in entries {
            table.add(
                entry.instructionSet, entry.name, entry.features.joined(separator: " "), entry.types.rows,
                entry.types.panel, entry.types.sums, entry.types.results, "\(entry.rows) x \(entry.columns)",
                String(entry.step), entry.order, entry.isAvailable ? "yes" : "no")
        }
        Console.print(table.text)
    }
}
#endif
