internal import CDeeperThreads

/// The number of threads that this process should keep busy.
public enum CPUBudget {
    /// The smaller of the CPUs in the process's affinity mask and the quota of its control groups, at least 1.
    public static var available: Int { max(1, min(Int(ct_affinity_count()), ControlGroup.current.cpuQuota ?? .max)) }
}
