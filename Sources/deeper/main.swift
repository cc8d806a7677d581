#if CommandLine
import Glibc
import Kernels

// The process is ours, so OpenBLAS is set up as the engine wants it: kernels that fit the CPU and no threads of its own,
// which would spin beside ours for a while. Both are chosen when the library loads and therefore only changed by
// starting over.
if getenv(BLASLibrary.coreTypeVariable) == nil, let better = BLASLibrary.loaded.betterCoreType {
    setenv(BLASLibrary.coreTypeVariable, better, 1)
    setenv(BLASLibrary.threadsVariable, "1", 0)
    execv("/proc/self/exe", CommandLine.unsafeArgv)
    // Without /proc we go on, only slower.
}
BLASLibrary.setThreadsPerCall(1)
// A reader that goes away is an error of the write, not the end of the process.
signal(SIGPIPE, SIG_IGN)

DeeperCommand.main()
#else
import Glibc

let message = "deeper was built without the trait CommandLine\n"
_ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
exit(70)
#endif
