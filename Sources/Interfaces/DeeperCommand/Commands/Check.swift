#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperTensors
import FoundationEssentials

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Run ONNX's backend tests.",
        usage: "deeper check <directories> ... [<options>]",
        discussion: """
            DIR is a case (model.onnx with test_data_set_*/input_*.pb and output_*.pb), a folder of cases, or a folder \
            of models NAME.onnx with NAME_output_*.pb whose inputs count up from 0 in steps of 1/n. Tolerance: rtol \
            1e-3, atol 1e-7, or what the case's data.json says. A case is skipped only for an operator, opset or type \
            that is not supported. Convolutions are computed directly unless --algorithm says otherwise: the tolerance \
            is relative to every single element, however small, which Winograd's errors are not. Runs start in memory \
            full of NaN, so that a value that was never computed is noticed. Exits with code 65 if a case fails.
            """)

    @Argument(help: "Cases, or folders of cases.")
    var directories: [String]

    @Option(help: "File with the names of the cases to run, one per line.")
    var cases: String?

    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var found = try directories.flatMap(BackendCase.find)
        if let cases {
            let names = try ClassLabels.read(cases).map(\.trimmed).filter { !$0.isEmpty }
            let byName = Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
            if let missing = names.first(where: { byName[$0] == nil }) {
                throw DeeperError(.fileNotFound, "case \(missing) is not in \(directories.joined(separator: ", "))")
            }
            found = names.compactMap { byName[$0] }
        }
        guard !found.isEmpty else {
            throw DeeperError(.fileNotFound, "no cases in \(directories.joined(separator: ", "))")
        }
        var options = try engine.options(defaultThreads: 1, defaultAlgorithm: .direct)
        options.poisonsMemory = true
        var results: [Result] = []
        var progress = ProgressBar(total: found.count)
        for (index, item) in found.enumerated() {
            let outcome = item.run(options: options)
            results.append(Result(name: item.name, status: outcome.status, reason: outcome.reason))
            progress.update(index + 1, item.name)
        }
        progress.finish()
        let count = { (status: BackendCase.Status) in results.filter { $0.status == status }.count }
        if json {
            try Console.printJSON(
                Report(passed: count(.passed), failed: count(.failed), skipped: count(.skipped), cases: results))
        } else {
            for result in results where result.status != .passed {
                Console.print("\(result.status.rawValue) \(result.name): \(result.reason ?? "")")
            }
            Console.print("\(count(.passed)) passed, \(count(.failed)) failed, \(count(.skipped)) skipped")
        }
        guard count(.failed) == 0 else { throw ExitCode(65) }
    }

    private struct Result: Encodable {
        let name: String
        let status: BackendCase.Status
        let reason: String?
    }

    private struct Report: Encodable {
        let passed: Int
        let failed: Int
        let skipped: Int
        let cases: [Result]
    }
}
#endif
