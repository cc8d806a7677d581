import DeeperKernels
import DeeperTensors

/// ONNX TensorScatter: the cache, overwritten with an update from position start[b] on along one axis, for each b of
/// the first axis. Without starts, the position is 0.
///
/// The update has the cache's shape except for its extent along the axis, which may be smaller. In circular mode
/// positions wrap around; in linear mode an update that does not fit after its start ends the run with an error.
struct TensorScatter: Operator {
    static let name = "TensorScatter"
    static let inputCount = 2...3
    static let firstOpset = 24
    private let axis: Int
    private let mode: Mode

    private enum Mode: String, CaseIterable { case linear, circular }

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis", default: -2)
        mode = try attributes.choice("mode", default: .linear)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let cache = try inputs.type(0)
        let update = try inputs.type(1)
        let at = try resolveAxis(axis, rank: cache.shape.rank)
        guard at > 0 else { throw DeeperError(.invalidModel, "the axis is the first, which is that of the batch") }
        var expected = cache
        if update.shape.rank == cache.shape.rank, update.shape[at] <= cache.shape[at] {
            var dimensions = cache.shape.dimensions
            dimensions[at] = update.shape[at]
            expected.shape = Shape(dimensions)
        }
        guard update == expected else {
            throw DeeperError(.invalidModel, "the update is \(update), the cache \(cache), axis \(axis)")
        }
        if inputs.has(2), case let starts = try inputs.shape(2, .int64), starts.dimensions != [cache.shape[0]] {
            throw DeeperError(.invalidModel, "the starts have shape \(starts), expected [\(cache.shape[0])]")
        }
        return [cache]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let cache = try request.input(0)
        let at = try resolveAxis(axis, rank: cache.shape.rank)
        let span = AxisSpan(cache.shape, axis: at)
        let kernel = CacheUpdateKernel(
            outer: span.outer, outerPerBatch: cache.shape.dimensions[1..<at].reduce(1, *), extent: span.length,
            updateExtent: try request.input(1).shape[at], innerBytes: span.inner * cache.elementType.byteCount,
            isCircular: mode == .circular, hasStarts: request.hasInput(2))
        return .kernel(kernel, inputs: request.hasInput(2) ? [0, 1, 2] : [0, 1])
    }
}
