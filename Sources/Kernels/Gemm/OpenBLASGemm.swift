internal import COpenBLAS
internal import Synchronization

/// Matrix products by OpenBLAS, one thread a call: the engine's own workers are the parallelism.
///
/// Debian's serial flavour keeps shared scratch without a lock and returns wrong products to concurrent callers; with
/// it every call goes through one process-wide lock.
public final class OpenBLASGemm: GemmProvider {
    public let name = "openblas"
    private let isSerial: Bool

    public init() { self.isSerial = BLASLibrary.loaded.flavour == .serial }

    public func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int,
        b: UnsafePointer<Float>, bPitch: Int,
        c: UnsafeMutablePointer<Float>, cPitch: Int
    ) {
        if isSerial {
            serialFlavourLock.withLock { _ in sgemm(m, n, k, a, aPitch, b, bPitch, c, cPitch) }
        } else {
            sgemm(m, n, k, a, aPitch, b, bPitch, c, cPitch)
        }
    }

    private func sgemm(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aPitch: Int, _ b: UnsafePointer<Float>,
        _ bPitch: Int, _ c: UnsafeMutablePointer<Float>, _ cPitch: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k),
            1, a, blasint(max(aPitch, k, 1)), b, blasint(max(bPitch, n, 1)), 0, c, blasint(max(cPitch, n, 1)))
    }
}

// The library's scratch is per process, so its lock is too.
private let serialFlavourLock = Mutex<Void>(())
