#if CommandLine
import Execution

package enum CPUs {
    package static var available: Int { CPUBudget.available }
}
#endif
