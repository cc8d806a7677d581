import DeeperKernels
import DeeperTensors

/// The common part of LpPool and GlobalLpPool: the order p of their norm.
struct LpOrder: Sendable {
    let p: Int

    /// Reads p, 1 to 2^31 - 1.
    init(_ attributes: inout AttributeReader) throws {
        p = try attributes.int("p", default: 2)
        guard (1...WindowAttributes.largest).contains(p) else {
            throw DeeperError(.invalidModel, "attribute p is \(p), expected 1 to \(WindowAttributes.largest)")
        }
    }

    /// The kernel that pools all planes of X, which is row-major.
    func kernel(_ x: TensorType, _ window: WindowGeometry) -> any Kernel {
        let planes = x.shape[0] * x.shape[1]
        return x.elementType == .float64
            ? LpPoolKernel<Double>(window: window, planes: planes, order: p)
            : LpPoolKernel<Float>(window: window, planes: planes, order: p)
    }
}
