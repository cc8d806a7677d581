#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport

struct DeeperCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deeper",
        abstract: "Run convolutional networks on CPUs.",
        discussion: """
            MODEL is an ONNX, TFLite or prototxt file, or a built-in network: googlenet, googlenet-naive, googlenet-train, \
            alexnet, inception-cifar10, inception-cifar10-train; or builtin or builtin-int8, the trained model that \
            comes with deeper. Results go to standard output, progress and warnings to standard error.

            Exit codes: 0 success, 64 wrong usage, 65 bad input (model, picture, data), 66 missing file, 70 a fault of \
            deeper itself, 129, 130 and 143 a training stopped by a signal.
            """,
        version: DeeperVersion.text,
        subcommands: [
            Classify.self, Run.self, Serve.self, Evaluate.self, Check.self, Summary.self, PlanCommand.self, Verify.self,
            Train.self, Export.self, Convert.self, Compile.self, Tune.self, Bench.self, Ops.self, Compare.self,
            Reduce.self, Quantize.self, KernelsCommand.self, ViewCommand.self,
            Demo.self,
            Version.self,
        ])
}
#endif
