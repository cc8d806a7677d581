#if CommandLine
import ArgumentParser
import Deeper
import FoundationEssentials
import Glibc
import Tensors

struct DeeperCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deeper",
        abstract: "Runs convolutional networks on CPUs.",
        discussion: """
            MODEL is an ONNX file or the name of a built-in network: googlenet, googlenet-naive, googlenet-train, \
            alexnet, inception-cifar10, inception-cifar10-train, or builtin, the trained model that comes with deeper. \
            Results go to standard output, progress and warnings to standard error.

            Exit codes: 0 success, 64 wrong usage, 65 bad input (model, picture, data), 66 missing file, 70 a fault of \
            deeper itself, 129, 130 and 143 a training that a signal stopped.
            """,
        version: DeeperVersion.text,
        subcommands: [Classify.self, Run.self] + servers + [
            Evaluate.self, Check.self, Summary.self, PlanCommand.self, Verify.self,
            Train.self, Export.self, Convert.self, Compile.self, Tune.self, Bench.self, Ops.self, Compare.self,
            Reduce.self, KernelsCommand.self,
            Demo.self,
            Version.self,
        ])

    /// The commands that only a build with the trait Server has.
    private static var servers: [any ParsableCommand.Type] {
        #if Server
        [Serve.self]
        #else
        []
        #endif
    }

    /// Runs the command; errors end the process with the code of their kind.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as DeeperError {
            Console.warn("error: \(error)")
            Glibc.exit(exitCode(of: error))
        } catch let error as CocoaError {
            Console.warn("error: \(fileReason(error))")
            Glibc.exit(error.isFileError ? 66 : 70)
        } catch {
            exit(withError: error)
        }
    }

    static func exitCode(of error: DeeperError) -> Int32 {
        switch error.code {
        case .fileNotFound: 66
        case .internalFault, .forked, .overloaded, .cancelled: 70
        case .invalidModel, .unsupported, .invalidInput, .limitExceeded: 65
        }
    }
}

#endif
