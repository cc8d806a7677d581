import DeeperKernels
import DeeperTensors

/// ONNX Compress: the positions of an axis where the condition holds, or the elements of X where it does.
///
/// The condition may be shorter than the axis; positions after its end are left out. The number of positions is part of
/// the output's shape, so the condition must be known when a plan is prepared.
struct Compress: Operator {
    static let name = "Compress"
    static let inputCount = 2...2
    static let firstOpset = 9
    private let axis: Int?

    init(_ attributes: inout AttributeReader) throws { axis = try attributes.int("axis") }

    var valueInputs: [Int] { [1] }

    /// The extents of X, or of X as one list, and the axis whose positions are selected.
    private func form(_ x: Shape) throws -> (extents: [Int], axis: Int) {
        guard let axis else { return ([x.elementCount], 0) }
        return (x.dimensions, try resolveAxis(axis, rank: x.rank))
    }

    private func positions(_ condition: Tensor, extent: Int) throws -> [Int] {
        let positions = try condition.integers().enumerated().filter { $0.element != 0 }.map(\.offset)
        guard (positions.last ?? -1) < extent else {
            throw DeeperError(
                .invalidModel, "the condition is true at position \(positions.last ?? 0) of an axis of \(extent)")
        }
        return positions
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let condition = try inputs.shape(1, .bool)
        guard condition.rank == 1, type.shape.rank >= 1 else {
            throw DeeperError(.invalidModel, "X is \(type), the condition has shape \(condition), expected a list")
        }
        var (dimensions, at) = try form(type.shape)
        dimensions[at] = try positions(inputs.knownValue(1), extent: dimensions[at]).count
        return [TensorType(type.elementType, Shape(dimensions))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let (extents, axis) = try form(x.shape)
        guard extents.allSatisfy({ $0 <= Int32.max }) else {
            throw DeeperError(.limitExceeded, "X has shape \(x.shape), extents beyond 2^31 are not supported")
        }
        var tables = extents.map { Array(0..<$0) }
        tables[axis] = try positions(request.knownValue(1), extent: extents[axis])
        let kernel = try IndexedCopyKernel(
            "compress", elementType: x.elementType, tables: tables, sourceStrides: Shape(extents).rowMajorStrides,
            targetStrides: request.output.shape.rowMajorStrides, fill: nil)
        return .kernel(kernel, inputs: [0])
    }
}
