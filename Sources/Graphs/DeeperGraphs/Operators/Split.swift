import DeeperKernels
import DeeperTensors

/// ONNX Split: X cut along an axis into parts of the given extents, or into equal parts.
struct Split: ChannelSelection {
    static let name = "Split"
    static let inputCount = 1...2
    static let outputCount = 1...Int(Int32.max)
    private let axis: Int
    private let extents: [Int]?
    private let partCount: Int

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis", default: 0)
        extents = attributes.opset < 13 ? try attributes.ints("split") : nil
        partCount = (attributes.opset >= 18 ? try attributes.int("num_outputs") : nil) ?? attributes.outputCount
    }

    var valueInputs: [Int] { [1] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let at = try resolveAxis(axis, rank: type.shape.rank)
        let parts = try parts(inputs.has(1) ? try inputs.integers(1) : extents, of: type.shape[at])
        return parts.map { extent in
            var dimensions = type.shape.dimensions
            dimensions[at] = extent
            return TensorType(type.elementType, DeeperTensors.Shape(dimensions))
        }
    }

    private func parts(_ listed: [Int]?, of extent: Int) throws -> [Int] {
        if let listed {
            // Subtracted one by one, because their sum may overflow.
            let left = listed.reduce(extent) { $0 < 0 || $1 < 0 || $1 > $0 ? -1 : $0 - $1 }
            guard left == 0 else {
                throw DeeperError(.invalidModel, "parts \(listed) do not add up to extent \(extent)")
            }
            return listed
        }
        guard partCount > 0, partCount <= max(extent, 1) else {
            throw DeeperError(.invalidModel, "\(partCount) parts of extent \(extent)")
        }
        // The last part is smaller if the extent is not divisible.
        let chunk = (extent + partCount - 1) / partCount
        return (0..<partCount).map { max(0, min(chunk, extent - $0 * chunk)) }
    }

    func channels(_ inputs: NodeInputs, outputs: [TensorType]) -> [Range<Int>]? {
        guard let rank = outputs.first?.shape.rank, rank > 1, axis == 1 || axis + rank == 1 else { return nil }
        var next = 0
        return outputs.map { output in
            defer { next += output.shape[1] }
            return next..<next + output.shape[1]
        }
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let axis = try resolveAxis(axis, rank: input.shape.rank)
        let parts = try parts(request.value(1)?.integers() ?? extents, of: input.shape[axis])
        if axis == 1, input.layout == .channelsLast, request.output.layout == .channelsLast {
            var next = 0
            return .channels(
                of: 0,
                from: parts.map { count in
                    defer { next += count }
                    return next
                })
        }
        let strides = input.strides
        var regions: [CopyRegion] = []
        var offset = 0
        for (index, output) in request.outputs.enumerated() {
            if request.usedOutputs[index] {
                regions.append(
                    CopyRegion(
                        target: 1 + index, extents: output.shape.dimensions, sourceStrides: strides,
                        targetStrides: output.strides, sourceOffset: offset * strides[axis]))
            }
            offset += parts[index]
        }
        return .kernel(
            try StridedCopyKernel("split", elementType: input.elementType, regions: regions), inputs: [0])
    }
}
