#if CommandLine
package import ArgumentParser
import DeeperKernels
package import DeeperTensors
import FoundationEssentials
import Glibc

/// What the executables have in common: how the process is set up, and what its exit code says.
package enum CommandProcess {
    /// Prepares the process and runs a command; errors end the process with the code of their kind.
    package static func run(_ root: any ParsableCommand.Type) {
        chooseBLASKernels()
        // A reader that goes away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try root.parseAsRoot()
            try command.run()
        } catch let error as DeeperError {
            Console.warn("error: \(error)")
            Glibc.exit(exitCode(of: error))
        } catch let error as CocoaError {
            Console.warn("error: \(fileReason(error))")
            Glibc.exit(error.isFileError ? 66 : 70)
        } catch {
            root.exit(withError: error)
        }
    }

    package static func exitCode(of error: DeeperError) -> Int32 {
        switch error.code {
        case .fileNotFound: 66
        case .internalFault, .forked, .overloaded, .cancelled: 70
        case .invalidModel, .unsupported, .invalidInput, .limitExceeded: 65
        }
    }

    /// The process is ours, so OpenBLAS is set up as the engine wants it: kernels that fit the CPU, and no threads of its
    /// own, which would go on spinning next to ours for a while. Both are chosen when the library loads and therefore
    /// only changed by starting over.
    private static func chooseBLASKernels() {
        if getenv(BLASLibrary.coreTypeVariable) == nil, let better = BLASLibrary.loaded.betterCoreType {
            setenv(BLASLibrary.coreTypeVariable, better, 1)
            setenv(BLASLibrary.threadsVariable, "1", 0)
            execv("/proc/self/exe", CommandLine.unsafeArgv)
            // Without /proc we go on, only slower.
        }
        BLASLibrary.setThreadsPerCall(1)
        BLASLibrary.endIdleThreads()
    }
}

/// What the system said about a file, where Foundation passes it on.
package func fileReason(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    let place = error.filePath.map { "\($0): " } ?? ""
    guard let cause = error.underlying as? POSIXError else { return place + "error \(error.code.rawValue)" }
    return place + String(cString: strerror(cause.code.rawValue))
}
#endif
