import DeeperKernels
import DeeperTensors

/// ONNX Slice: every step-th element from start up to end, along some axes. Before opset 10, starts and ends are
/// attributes.
struct SliceOperator: ChannelSelection {
    static let name = "Slice"
    static let inputCount = 1...5
    private let starts: [Int]?
    private let ends: [Int]?
    private let axes: [Int]?

    init(_ attributes: inout AttributeReader) throws {
        let isOld = attributes.opset < 10
        starts = isOld ? try attributes.ints("starts") : nil
        ends = isOld ? try attributes.ints("ends") : nil
        axes = isOld ? try attributes.ints("axes") : nil
    }

    var valueInputs: [Int] { [1, 2, 3, 4] }

    private struct Cut {
        var start: Int
        var step: Int
        var count: Int
    }

    private func cuts(_ shape: DeeperTensors.Shape, _ value: (Int) throws -> [Int]?) throws -> [Cut] {
        guard let starts = try starts ?? value(1), let ends = try ends ?? value(2) else {
            throw DeeperError(.invalidModel, "starts and ends are required")
        }
        let listed = try axes ?? value(3) ?? Array(0..<starts.count)
        let steps = try value(4) ?? Array(repeating: 1, count: starts.count)
        guard starts.count == ends.count, listed.count == starts.count, steps.count == starts.count else {
            throw DeeperError(
                .invalidModel, "starts \(starts), ends \(ends), axes \(listed), steps \(steps) differ in length")
        }
        var cuts = shape.dimensions.map { Cut(start: 0, step: 1, count: $0) }
        for (index, axis) in try resolveAxes(listed, rank: shape.rank).enumerated() {
            let extent = shape[axis]
            // A step beyond 2^40 cannot reach a second element; with this limit, the arithmetic cannot overflow.
            let step = min(max(steps[index], -1 << 40), 1 << 40)
            guard step != 0 else { throw DeeperError(.invalidModel, "step 0 along axis \(axis)") }
            let lowest = step > 0 ? 0 : -1
            func clamped(_ position: Int, _ least: Int) -> Int {
                let absolute = position < 0 ? position + extent : position
                return min(max(absolute, least), extent + lowest)
            }
            let start = clamped(starts[index], 0)
            let end = clamped(ends[index], lowest)
            let count = step > 0 ? (end - start - 1 + step) / step : (start - end - 1 - step) / -step
            let isEmpty = step > 0 ? end <= start : end >= start
            cuts[axis] = Cut(start: max(0, start), step: step, count: isEmpty ? 0 : count)
        }
        return cuts
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let cuts = try cuts(type.shape) { inputs.has($0) ? try inputs.integers($0) : nil }
        return [TensorType(type.elementType, DeeperTensors.Shape(cuts.map(\.count)))]
    }

    /// The channels that remain, if only channels are cut.
    private func channels(_ cuts: [Cut], of shape: DeeperTensors.Shape) -> Range<Int>? {
        guard cuts.count > 1, cuts[1].step == 1,
            cuts.indices.allSatisfy({ $0 == 1 || cuts[$0].step == 1 && cuts[$0].count == shape[$0] })
        else { return nil }
        return cuts[1].start..<cuts[1].start + cuts[1].count
    }

    func channels(_ inputs: NodeInputs, outputs: [TensorType]) -> [Range<Int>]? {
        guard let shape = try? inputs.shape(0),
            let cuts = try? cuts(shape, { inputs.has($0) ? try inputs.integers($0) : nil }),
            let channels = channels(cuts, of: shape)
        else { return nil }
        return [channels]
    }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let shape = try? inputs.shape(0),
            let first = try? cuts(shape, { inputs.has($0) ? try inputs.integers($0) : nil }).first
        else { return false }
        return first.step == 1
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let cuts = try cuts(input.shape) { request.hasInput($0) ? try request.knownValue($0).integers() : nil }
        if input.layout == .channelsLast, request.output.layout == .channelsLast,
            let channels = channels(cuts, of: input.shape)
        {
            return .channels(of: 0, from: [channels.lowerBound])
        }
        let strides = input.strides
        let region = CopyRegion(
            extents: cuts.map(\.count), sourceStrides: zip(cuts, strides).map { $0.step &* $1 },
            targetStrides: request.output.strides,
            sourceOffset: zip(cuts, strides).reduce(0) { $0 + $1.0.start * $1.1 })
        return .kernel(try StridedCopyKernel("slice", elementType: input.elementType, regions: [region]), inputs: [0])
    }
}
