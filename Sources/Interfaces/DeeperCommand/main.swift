#if CommandLine
import DeeperCommandSupport

CommandProcess.run(DeeperCommand.self)
#else
import Glibc

let message = "deeper was built without the trait CommandLine\n"
_ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
exit(70)
#endif
