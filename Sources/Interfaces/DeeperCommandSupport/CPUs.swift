#if CommandLine
import DeeperExecution

package enum CPUs {
    package static var available: Int { CPUBudget.available }
}
#endif
