#if CommandLine
import Execution

enum CPUs {
    static var available: Int { CPUBudget.available }
}
#endif
