#if CommandLine
import DeeperThreads

/// The CPUs that this process may use.
package enum CPUs {
    package static var available: Int { CPUBudget.available }
}
#endif
