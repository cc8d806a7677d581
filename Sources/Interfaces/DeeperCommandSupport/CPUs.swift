#if CommandLine
import DeeperThreads

package enum CPUs {
    package static var available: Int { CPUBudget.available }
}
#endif
