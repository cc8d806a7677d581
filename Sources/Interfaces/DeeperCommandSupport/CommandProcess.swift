#if CommandLine
package import ArgumentParser
import DeeperKernels
package import DeeperTensors
import FoundationEssentials
import Glibc

/// The entry point that the executables share: sets up the process, runs a command and maps errors to exit codes.
package enum CommandProcess {
    /// Prepares the process and runs a command; errors end the process with the code of their kind.
    package static func run(_ root: any ParsableCommand.Type) {
        chooseBLASKernels()
        // A reader that closes its pipe then causes an error of the write, not the end of the process.
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
            let code = root.exitCode(for: error)
            let text = root.fullMessage(for: error)
            if code.isSuccess {
                if !text.isEmpty { Console.print(text) }
            } else if !text.isEmpty {
                // ArgumentParser's messages start in upper case, all others of the command do not.
                Console.warn(text.hasPrefix("Error: ") ? "error: " + text.dropFirst("Error: ".count) : text)
            }
            Glibc.exit(code.rawValue)
        }
    }

    package static func exitCode(of error: DeeperError) -> Int32 {
        switch error.code {
        case .fileNotFound: 66
        case .internalFault, .forked, .overloaded, .cancelled: 70
        case .invalidModel, .unsupported, .invalidInput, .limitExceeded: 65
        }
    }

    /// Configures OpenBLAS for the engine, which is possible because the process belongs to deeper: kernels that fit
    /// the CPU, and no threads of its own, which would keep spinning next to the engine's for a while. OpenBLAS chooses
    /// its kernels when it is loaded, so changing them means starting the executable again.
    private static func chooseBLASKernels() {
        if getenv(BLASLibrary.coreTypeVariable) == nil, let better = BLASLibrary.loaded.betterCoreType {
            setenv(BLASLibrary.coreTypeVariable, better, 1)
            setenv(BLASLibrary.threadsVariable, "1", 0)
            execv("/proc/self/exe", CommandLine.unsafeArgv)
            // Without /proc the process continues, only more slowly.
        }
        BLASLibrary.setThreadsPerCall(1)
        BLASLibrary.endIdleThreads()
    }
}

/// The system's description of a file error, if Foundation passes it on.
package func fileReason(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    let place = error.filePath.map { "\($0): " } ?? ""
    guard let cause = error.underlying as? POSIXError else { return place + "error \(error.code.rawValue)" }
    return place + String(cString: strerror(cause.code.rawValue))
}
#endif
