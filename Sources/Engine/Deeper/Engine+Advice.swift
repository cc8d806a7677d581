internal import DeeperKernels

extension Engine {
    /// Changes to the process that would make this engine faster, each as one sentence for people. Empty if none is
    /// known, or if none would have an effect: settings of OpenBLAS are mentioned only if OpenBLAS multiplies for this
    /// engine.
    ///
    /// Once plans are prepared, their steps decide whether it does; before that, the options and the instruction set.
    public var advice: [String] {
        guard multipliesWithOpenBLAS else { return [] }
        let library = BLASLibrary.loaded
        var result: [String] = []
        if library.flavour != .serial, BLASLibrary.threadsPerCall > 1 {
            result.append(
                "OpenBLAS uses \(BLASLibrary.threadsPerCall) threads a call, which slows the engine's own threads; "
                    + "set OPENBLAS_NUM_THREADS=1 or the option setsBLASThreads")
        }
        if let better = library.betterCoreType {
            result.append(
                "OpenBLAS does not know this CPU and runs its \(library.coreName) kernels; "
                    + "start the process with \(BLASLibrary.coreTypeVariable)=\(better)")
        }
        if library.flavour == .serial {
            result.append(
                "OpenBLAS is the serial flavour, whose calls wait for each other; install libopenblas0-pthread")
        }
        return result
    }

    private var multipliesWithOpenBLAS: Bool {
        let plans = plans.prepared
        guard plans.isEmpty else {
            return plans.contains { $0.steps.contains { $0.kernel.report.provider == GemmChoice.openblas.rawValue } }
        }
        return options.gemm != .reference && !options.gemm.packsFilters(on: options.instructionSet ?? .best)
    }
}
