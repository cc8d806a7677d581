internal import DeeperThreads
internal import Synchronization

/// Computes two matrices in parallel, the second one on a thread of its own.
///
/// - Throws: `limitExceeded` if the system refuses the thread.
package func inParallel(
    _ first: () -> Matrix, _ second: @escaping @Sendable () -> Matrix
) throws -> (Matrix, Matrix) {
    let result = Box()
    let helper = try SystemThread(name: "deeper-algebra") { result.matrix.withLock { $0 = second() } }
    let own = first()
    helper.join()
    return (own, result.matrix.withLock { $0 })
}

private final class Box: Sendable {
    package let matrix = Mutex(Matrix(rows: 0, columns: 0))
}
