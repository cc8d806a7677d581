#if CommandLine
public import ArgumentParser
package import Deeper
public import DeeperKernels
import DeeperTensors
import FoundationEssentials

/// The options of the engine, shared by the commands that run a model.
package struct EngineArguments: ParsableArguments {
    package init() {}

    @Option(help: "Threads of one call (default: the CPUs this process may use).")
    package var threads: Int?

    @Option(help: "Provider of matrix products: \(GemmChoice.allCases.map(\.rawValue).joined(separator: ", ")).")
    package var gemm: GemmChoice = .auto

    @Option(
        help: """
            How convolutions may be computed: \(ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")) \
            (default: auto; for check: direct).
            """)
    package var algorithm: ConvolutionAlgorithm?

    @Option(
        help: """
            SIMD variant of deeper's own loops: \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")) \
            (default: the best that the CPU supports).
            """)
    package var isa: InstructionSet?

    @Option(help: "A file written by deeper tune, with the fastest measured method for each convolution.")
    package var plan: String?

    @Flag(help: "Run the graph as stored in the file, without simplification.")
    package var rawGraph = false

    @Option(help: "Memory limit of a plan in MiB.")
    package var memoryLimit: Int = 16384

    package func options(
        defaultThreads: Int? = nil, defaultAlgorithm: ConvolutionAlgorithm = .auto, callers: Int = 1
    ) throws -> EngineOptions {
        let count = threads ?? defaultThreads ?? CPUs.available
        guard (1...1024).contains(count) else { throw ValidationError("--threads must be 1 to 1024") }
        guard (1...1 << 24).contains(memoryLimit) else {
            throw ValidationError("--memory-limit must be 1 to 16777216")
        }
        return EngineOptions(
            threads: count, concurrentCalls: callers, gemm: gemm, algorithm: algorithm ?? defaultAlgorithm,
            tuning: try plan.map { try Tuning(contentsOf: URL(fileURLWithPath: $0)) }, instructionSet: isa,
            optimizesGraph: !rawGraph,
            memoryLimitBytes: memoryLimit << 20, setsBLASThreads: true)
    }

    /// - Parameter callers: the number of calls that may run at the same time.
    package func engine(_ model: Model, callers: Int = 1) throws -> Engine {
        let engine = try Engine(model, options: try options(callers: callers))
        for line in engine.advice { Console.warn("note: \(line)") }
        return engine
    }
}

extension GemmChoice: ExpressibleByArgument {}
extension ConvolutionAlgorithm: ExpressibleByArgument {}
extension InstructionSet: ExpressibleByArgument {}
#endif
