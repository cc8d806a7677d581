internal import Glibc

/// The amount of memory that this process may use.
public enum MemoryBudget {
    /// The smaller of the machine's memory and the limit of the process's control groups, in bytes.
    public static var limit: Int {
        let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        let machine = pages > 0 && size > 0 ? pages * size : Int.max
        return min(machine, ControlGroup.current.memoryLimit ?? .max)
    }
}
