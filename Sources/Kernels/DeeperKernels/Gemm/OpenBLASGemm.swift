internal import CDeeperOpenBLAS
internal import Synchronization

/// Matrix products by OpenBLAS with one thread per call; parallelism comes from the engine's own workers.
///
/// Debian's serial flavour has shared scratch without a lock and returns wrong products to concurrent callers. With it,
/// every call takes one process-wide lock.
public final class OpenBLASGemm: GemmProvider {
    public let name = "openblas"
    private let isSerial: Bool

    public init() { self.isSerial = BLASLibrary.loaded.flavour == .serial }

    public func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int, aTransposed: Bool,
        b: UnsafePointer<Float>, bPitch: Int, bTransposed: Bool,
        c: UnsafeMutablePointer<Float>, cPitch: Int, adds: Bool
    ) {
        func sgemm() {
            cblas_sgemm(
                CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, bTransposed ? CblasTrans : CblasNoTrans,
                blasint(m), blasint(n), blasint(k), 1,
                a, blasint(max(aPitch, aTransposed ? m : k, 1)), b, blasint(max(bPitch, bTransposed ? k : n, 1)),
                adds ? 1 : 0, c, blasint(max(cPitch, n, 1)))
        }
        if isSerial { serialFlavourLock.withLock { _ in sgemm() } } else { sgemm() }
    }
}

// The library's scratch is shared by the whole process, so the lock is as well.
private let serialFlavourLock = Mutex<Void>(())
