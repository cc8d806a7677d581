#if CommandLine
import ArgumentParser
import DeeperCommandSupport

/// How much of a long table a command prints.
struct TableOptions: ParsableArguments {
    @Flag(help: "Print all columns and exact numbers, in lines of any length (default: what fits the terminal).")
    var wide = false

    /// A count, or nothing for 0.
    func count(_ number: Int) -> String { number == 0 ? "" : wide ? number.grouped : number.rounded }

    func text(_ table: TextTable) -> String { table.text(.plain, columns: wide ? nil : Console.columns) }
}
#endif
