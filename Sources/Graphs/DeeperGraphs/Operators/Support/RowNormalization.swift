import DeeperKernels
import DeeperTensors

/// The common part of LayerNormalization and RMSNormalization: all axes from `axis` on are normalised together.
struct RowNormalization: Sendable {
    private let axis: Int
    private let epsilon: Float

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis", default: -1)
        epsilon = try attributes.float("epsilon", default: 1e-5)
        // The type of the intermediate statistics; here it is always float64.
        attributes.ignore("stash_type")
    }

    /// X's type, and twice the type with one number per row.
    ///
    /// - Parameter parameters: the inputs that are scale and shift; all but the first are optional.
    /// - Throws: `unsupported` for scales that repeat along axes other than X's first ones.
    func infer(_ inputs: NodeInputs, parameters: ClosedRange<Int>) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        let first = try resolveAxis(axis, rank: x.rank)
        for index in parameters where index == parameters.lowerBound || inputs.has(index) {
            let shape = try inputs.shape(index, .float32)
            guard shape.rank <= x.rank, try broadcastShape([x, shape]) == x else {
                throw DeeperError(.invalidModel, "input \(index) has shape \(shape), which does not broadcast to \(x)")
            }
            let own = Array(shape.dimensions.drop { $0 == 1 })
            guard own == Array(x.dimensions.suffix(own.count)) else {
                throw DeeperError(
                    .unsupported, "input \(index) has shape \(shape), supported: the last extents of \(x)")
            }
        }
        let row = x.dimensions[..<first] + Array(repeating: 1, count: x.rank - first)
        let moment = TensorType(.float32, try DeeperTensors.Shape(validating: Array(row)))
        return [TensorType(.float32, x), moment, moment]
    }

    /// Not if axis 0 is normalised.
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let rank = try? inputs.shape(0).rank, let first = try? resolveAxis(axis, rank: rank) else { return false }
        return first > 0 && inputs.computedOnesHaveAllAxes
    }

    /// For a row of n elements: the mean (n), the variance (3 n), every element's difference, products and sum, and
    /// three for the factor.
    func operations(_ inputs: [TensorType?], isCentered: Bool, isShifted: Bool) -> OperationCount {
        guard let x = inputs[0]?.shape, let first = try? resolveAxis(axis, rank: x.rank) else {
            return OperationCount()
        }
        let rows = AxisSpan(x, fromAxis: first).outer
        let each = (isCentered ? 7 : 4) + (isShifted ? 1 : 0)
        return OperationCount(
            normalization: saturatingSum([saturatingProduct(each, x.elementCount), saturatingProduct(3, rows)]))
    }

    /// - Parameters:
    ///   - shift: the index of the input that is the shift, if there can be one.
    ///   - moments: the meaning of the outputs after Y.
    func lower(
        _ request: LoweringRequest, isCentered: Bool, shift: Int? = nil, moments: [RowNormKernel.Moment]
    ) throws -> Lowering {
        let x = try request.input(0).shape
        let span = AxisSpan(x, fromAxis: try resolveAxis(axis, rank: x.rank))
        let present = shift.flatMap { request.hasInput($0) ? $0 : nil }
        let kernel = RowNormKernel(
            rows: span.outer, length: span.length, scaleCount: try request.input(1).shape.elementCount,
            shiftCount: try present.map { try request.input($0).shape.elementCount }, epsilon: epsilon,
            isCentered: isCentered, moments: Array(moments.prefix(request.outputs.count - 1)))
        return .kernel(kernel, inputs: [0, 1] + (present.map { [$0] } ?? []))
    }
}
