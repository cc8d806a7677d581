internal import CDeeperOpenBLAS
internal import Glibc

/// The OpenBLAS library that the process has loaded. Its flavour, threads and kernels determine speed and thread
/// safety.
public struct BLASLibrary: Sendable {
    public enum Flavour: String, Sendable {
        /// Not thread-safe; deeper serialises calls with a lock.
        case serial
        case pthreads
        case openmp
    }

    /// OpenBLAS's own description: version and build options.
    public let configuration: String
    /// The CPU family whose kernels it chose.
    public let coreName: String
    public let flavour: Flavour

    /// The library in this process, in its present state.
    public static var loaded: BLASLibrary {
        let flavour: Flavour =
            switch openblas_get_parallel() {
            case OPENBLAS_SEQUENTIAL: .serial
            case OPENBLAS_OPENMP: .openmp
            default: .pthreads
            }
        return BLASLibrary(
            configuration: String(cString: openblas_get_config()), coreName: String(cString: openblas_get_corename()),
            flavour: flavour)
    }

    /// The number of threads that one call may use. deeper needs 1.
    public static var threadsPerCall: Int { Int(openblas_get_num_threads()) }

    /// Sets the number of threads of one call for the whole process. Only for programs that own the process, or with
    /// their permission.
    public static func setThreadsPerCall(_ count: Int) {
        // Even without a change, OpenBLAS would restart the threads that ``endIdleThreads()`` has ended.
        if threadsPerCall != count { openblas_set_num_threads(Int32(count)) }
    }

    /// Ends the threads that the library started when it was loaded. They poll for work for 50 milliseconds and more
    /// before they sleep, on CPUs that a program needs right after its start. The library starts new threads if it
    /// needs any.
    ///
    /// Only for programs that own the process, before any matrix is multiplied.
    public static func endIdleThreads() {
        guard loaded.flavour == .pthreads, let symbol = dlsym(nil, "blas_thread_shutdown_") else { return }
        typealias Shutdown = @convention(c) () -> Int32
        _ = unsafeBitCast(symbol, to: Shutdown.self)()
    }

    /// The environment variable that sets how many threads the library starts. It is read once, at load time.
    public static let threadsVariable = "OPENBLAS_NUM_THREADS"

    /// The environment variable that overrides the library's choice of kernels. It is read once, at load time.
    public static let coreTypeVariable = "OPENBLAS_CORETYPE"

    /// The value for ``coreTypeVariable`` if OpenBLAS uses slower kernels than the CPU supports, otherwise nil.
    ///
    /// An OpenBLAS older than the CPU does not recognise it and falls back to kernels of 2004 (Prescott, SSE3),
    /// several times slower.
    public var betterCoreType: String? {
        #if arch(x86_64)
        func has(_ name: String) -> Bool {
            InstructionSet(rawValue: name).map { CPUFeatures.host.isSuperset(of: $0.features) } ?? false
        }
        guard has("avx2") else { return nil }
        let outdated = [
            "prescott", "core2", "penryn", "dunnington", "nehalem", "atom", "generic", "katmai", "northwood",
        ]
        let beforeAVX512 = ["sandybridge", "haswell"]
        let current = coreName.lowercased()
        let hasAVX512 = has("avx512")
        if outdated.contains(current) { return hasAVX512 ? "SkylakeX" : "Haswell" }
        if hasAVX512, beforeAVX512.contains(current) { return "SkylakeX" }
        #endif
        return nil
    }
}
