#if CommandLine && Server
import DeeperCommandSupport

CommandProcess.run(DeeperServerCommand.self)
#else
import Glibc

let message = "deeper-server was built without the traits CommandLine and Server\n"
_ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
exit(70)
#endif
