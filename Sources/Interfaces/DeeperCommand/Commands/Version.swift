#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperGraphs
import DeeperKernels

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the versions of deeper and OpenBLAS, and what this machine offers.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let library = BLASLibrary.loaded
        let report = Report(
            deeper: DeeperVersion.text, openblas: library.configuration, openblasCore: library.coreName,
            openblasFlavour: library.flavour.rawValue, openblasThreads: BLASLibrary.threadsPerCall,
            instructionSets: InstructionSet.available.map(\.rawValue), cpus: CPUs.available,
            operators: OperatorCatalog.names.count)
        if json { return try Console.printJSON(report) }
        Console.say(
            """
            deeper \(report.deeper)
            OpenBLAS: \(report.openblas)
              kernels \(report.openblasCore), flavour \(report.openblasFlavour), \(report.openblasThreads) thread(s) per call
            instruction sets: \(report.instructionSets.joined(separator: ", "))
            CPUs: \(report.cpus)
            ONNX: opsets \(OperatorCatalog.opsets.lowerBound) to \(OperatorCatalog.opsets.upperBound), \
            \(report.operators) operators
            """)
    }

    private struct Report: Encodable {
        let deeper: String
        let openblas: String
        let openblasCore: String
        let openblasFlavour: String
        let openblasThreads: Int
        let instructionSets: [String]
        let cpus: Int
        let operators: Int

        enum CodingKeys: String, CodingKey {
            case deeper, openblas, cpus, operators
            case openblasCore = "openblas_core"
            case openblasFlavour = "openblas_flavour"
            case openblasThreads = "openblas_threads"
            case instructionSets = "instruction_sets"
        }
    }
}
#endif
