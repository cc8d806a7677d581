import DeeperKernels
import DeeperTensors

/// ONNX Attention: Y = softmax(scale Q K' + mask) V for every head, for operands [N, heads, rows, width] or [N, rows,
/// heads width]. Further outputs are all keys and all values, including the past ones, and the scores.
///
/// Several heads of Q may share a head of K and V. With a causal mask, the queries' positions follow the past keys, or
/// are the last of the keys that input 6 counts. A query that sees no key gives zeros.
struct Attention: Operator {
    static let name = "Attention"
    static let firstOpset = 23
    static let inputCount = 3...7
    static let outputCount = 1...4
    private let isCausal: Bool
    private let scale: Float?
    private let softcap: Float
    private let queryHeads: Int?, keyHeads: Int?
    private let leftWindow: Int?, rightWindow: Int?
    private let stage: AttentionKernel.Stage
    /// Whether a mask with one key is repeated for all keys; since opset 24, it masks all keys except the first.
    private let repeatsMasks: Bool

    init(_ attributes: inout AttributeReader) throws {
        isCausal = try attributes.flag("is_causal")
        scale = try attributes.float("scale")
        softcap = try attributes.float("softcap", default: 0)
        queryHeads = try attributes.int("q_num_heads")
        keyHeads = try attributes.int("kv_num_heads")
        let mode = try attributes.int("qk_matmul_output_mode", default: 0)
        guard let stage = AttentionKernel.Stage(rawValue: mode) else {
            throw DeeperError(.invalidModel, "attribute qk_matmul_output_mode is \(mode), expected 0 to 3")
        }
        self.stage = stage
        repeatsMasks = attributes.opset < 24
        // Exponentials are summed in float64.
        attributes.ignore("softmax_precision")
        let hasWindows = attributes.opset >= 25
        leftWindow = hasWindows ? try Attention.window(&attributes, "left_window_size") : nil
        rightWindow = hasWindows ? try Attention.window(&attributes, "right_window_size") : nil
    }

    /// -1 means no window.
    private static func window(_ attributes: inout AttributeReader, _ name: String) throws -> Int? {
        let extent = try attributes.int(name, default: -1)
        guard extent >= -1 else {
            throw DeeperError(.invalidModel, "attribute \(name) is \(extent), expected -1 or more")
        }
        return extent < 0 ? nil : min(extent, Int(Int32.max))
    }

    // MARK: shapes

    /// - Parameter shape: gives the shape of an input, nil if it is left out.
    private func extents(_ shape: (Int) throws -> DeeperTensors.Shape?) throws -> AttentionShape {
        guard let q = try shape(0), let k = try shape(1), let v = try shape(2) else {
            throw DeeperError(.invalidModel, "Q, K and V are required")
        }
        func misfit() -> DeeperError { DeeperError(.invalidModel, "Q, K and V have shapes \(q), \(k) and \(v)") }
        guard q.rank == 3 || q.rank == 4, k.rank == q.rank, v.rank == q.rank, q[0] == k[0], k[0] == v[0] else {
            throw misfit()
        }
        let isInterleaved = q.rank == 3
        let (heads, groups) = isInterleaved ? (queryHeads ?? 0, keyHeads ?? 0) : (q[1], k[1])
        guard heads > 0, groups > 0, heads % groups == 0 else {
            throw DeeperError(.invalidModel, "\(heads) heads of queries, \(groups) of keys and values")
        }
        let row = isInterleaved ? 1 : 2
        func width(_ shape: DeeperTensors.Shape, _ count: Int) throws -> Int {
            let width = isInterleaved ? shape[2] / count : shape[3]
            guard width > 0, isInterleaved ? shape[2] % count == 0 : shape[1] == count else { throw misfit() }
            return width
        }
        let (headSize, valueSize) = (try width(q, heads), try width(v, groups))
        guard try width(k, groups) == headSize, k[row] == v[row] else { throw misfit() }
        var past = 0
        if let keys = try shape(4) {
            guard keys.rank == 4, let values = try shape(5), keys.dimensions == [q[0], groups, keys[2], headSize],
                values.dimensions == [q[0], groups, keys[2], valueSize]
            else {
                throw DeeperError(
                    .invalidModel,
                    "the past has shape \(keys), expected [\(q[0]), \(groups), rows, \(headSize)], and values of "
                        + "\(valueSize)")
            }
            past = keys[2]
        } else if try shape(5) != nil {
            throw DeeperError(.invalidModel, "values of the past without keys")
        }
        let total = saturatingSum([past, k[row]])
        guard
            max(total, q[row], q.dimensions[q.rank - 1], k.dimensions[q.rank - 1], v.dimensions[q.rank - 1])
                <= Int32.max
        else { throw DeeperError(.limitExceeded, "extents beyond 2^31 are not supported") }
        return AttentionShape(
            images: q[0], queryHeads: heads, keyHeads: groups, queries: q[row], keys: k[row], past: past,
            headSize: headSize, valueSize: valueSize, isInterleaved: isInterleaved)
    }

    /// The table of a mask. Its axes are aligned with the last axes of [N, heads, queries, keys].
    private func table(_ type: TensorType, _ extents: AttentionShape) throws -> AttentionMask.Table {
        let shape = type.shape
        let all = [extents.images, extents.queryHeads, extents.queries]
        guard (1...4).contains(shape.rank), type.elementType == .bool || type.elementType == .float32 else {
            throw DeeperError(.unsupported, "the mask is \(type), supported: bool or float32 of rank 1 to 4")
        }
        let own = Array(repeating: 1, count: 4 - shape.rank) + shape.dimensions
        guard own[3] <= extents.total || own[3] == 1, zip(own, all).allSatisfy({ $0 == 1 || $0 == $1 }) else {
            throw DeeperError(.invalidModel, "the mask has shape \(shape), expected \(all + [extents.total])")
        }
        let repeats = own[3] == 1 && repeatsMasks
        var steps = [own[1] * own[2] * own[3], own[2] * own[3], own[3]]
        for axis in 0..<3 where own[axis] == 1 { steps[axis] = 0 }
        return AttentionMask.Table(
            isBool: type.elementType == .bool, image: steps[0], head: steps[1], query: steps[2], key: repeats ? 0 : 1,
            keys: repeats ? extents.total : min(own[3], extents.total))
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let extents = try extents { inputs.has($0) ? try inputs.shape($0, .float32) : nil }
        if inputs.has(3) { _ = try table(inputs.type(3), extents) }
        if inputs.has(6) {
            let lengths = try inputs.shape(6, .int64)
            guard lengths.dimensions == [extents.images], !inputs.has(4) else {
                throw DeeperError(
                    .invalidModel, "lengths of keys have shape \(lengths), expected [\(extents.images)] and no past")
            }
        }
        func type(_ dimensions: [Int]) throws -> TensorType {
            TensorType(.float32, try DeeperTensors.Shape(validating: dimensions))
        }
        let (n, heads, groups) = (extents.images, extents.queryHeads, extents.keyHeads)
        let (rows, total) = (extents.queries, extents.total)
        return [
            try type(
                extents.isInterleaved
                    ? [n, rows, heads * extents.valueSize] : [n, heads, rows, extents.valueSize]),
            try type([n, groups, total, extents.headSize]), try type([n, groups, total, extents.valueSize]),
            try type([n, heads, rows, total]),
        ]
    }

    /// Two products. For the n scores of a row, also their factors, the additions of the mask, and a softmax.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let extents = try? extents({ $0 < inputs.count ? inputs[$0]?.shape : nil }) else {
            return OperationCount()
        }
        let rows = saturatingProduct(extents.images, extents.queryHeads, extents.queries)
        let scores = saturatingProduct(rows, extents.total)
        let hasTable = inputs.count > 3 && inputs[3].map { $0.elementType == .float32 } == true
        let each = 1 + (softcap > 0 ? 3 : 0) + (hasTable ? 1 : 0)
        return OperationCount(
            macs: saturatingProduct(scores, saturatingSum([extents.headSize, extents.valueSize])),
            sums: saturatingSum([scores, saturatingProduct(rows, extents.valueSize)]),
            softmax: saturatingProduct(rows, max(0, saturatingProduct(5, extents.total) - 2)),
            elementwise: saturatingProduct(each, scores))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let extents = try extents { request.hasInput($0) ? try request.input($0).shape : nil }
        var mask = AttentionMask()
        if request.hasInput(3) { mask.table = try table(request.input(3).type, extents) }
        mask.isCausal = isCausal
        (mask.leftWindow, mask.rightWindow) = (leftWindow, rightWindow)
        mask.hasLengths = request.hasInput(6)
        let kernel = AttentionKernel(
            extents, mask: mask, scale: scale ?? 1 / Float(extents.headSize).squareRoot(), softcap: softcap,
            hasPast: request.hasInput(4), outputCount: request.outputs.count, stage: stage, options: request.options)
        return .kernel(kernel, inputs: (0..<7).filter { request.hasInput($0) })
    }
}
