internal import CDeeperOpenBLAS
internal import Glibc

/// The OpenBLAS that the process really loaded: its flavour, threads and kernels decide speed and thread safety.
public struct BLASLibrary: Sendable {
    public enum Flavour: String, Sendable {
        /// Not thread-safe; deeper puts a lock around it.
        case serial
        case pthreads
        case openmp
    }

    /// OpenBLAS's own description: version and build options.
    public let configuration: String
    /// The CPU family whose kernels it chose.
    public let coreName: String
    public let flavour: Flavour

    /// The library as it stands in this process.
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

    /// Threads that one call may use. deeper wants 1.
    public static var threadsPerCall: Int { Int(openblas_get_num_threads()) }

    /// Sets the threads of one call, for the whole process: for programs that own the process, or with their leave.
    public static func setThreadsPerCall(_ count: Int) {
        // Even without a change, OpenBLAS would start again the threads that ``endIdleThreads()`` has ended.
        if threadsPerCall != count { openblas_set_num_threads(Int32(count)) }
    }

    /// Ends the threads that the library started when it was loaded. They go on looking for work for 50 milliseconds and more
    /// before they sleep, on CPUs that a program needs which has just started. The library starts others if it needs any.
    ///
    /// For programs that own the process, before anybody multiplies.
    public static func endIdleThreads() {
        guard loaded.flavour == .pthreads, let symbol = dlsym(nil, "blas_thread_shutdown_") else { return }
        typealias Shutdown = @convention(c) () -> Int32
        _ = unsafeBitCast(symbol, to: Shutdown.self)()
    }

    /// The environment variable that says how many threads the library starts. It is read once, at load time.
    public static let threadsVariable = "OPENBLAS_NUM_THREADS"

    /// The environment variable that overrides the library's choice of kernels. It is read once, at load time.
    public static let coreTypeVariable = "OPENBLAS_CORETYPE"

    /// The value for ``coreTypeVariable`` where OpenBLAS runs kernels below what the CPU can do, else nil.
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
