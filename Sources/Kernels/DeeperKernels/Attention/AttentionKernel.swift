internal import CDeeperKernels
internal import DeeperTensors
internal import Glibc

/// Attention: Y = softmax(scale Q K' + mask) V for every image and head, where past keys and values come before K and
/// V.
///
/// If `softcap` is above 0, scores are limited by softcap tanh(scores / softcap) before they are masked. A query that
/// sees no key gives zeros. Matrix products use the ``GemmProvider``, with extents that depend on a single image only;
/// exponentials are summed in float64. Tiles are blocks of queries of a head.
///
/// Operands: Q, K, V, then those that exist of the mask's table, the past keys and values, and the number of keys of
/// each image (int64); then the first `outputCount` of Y, all keys, all values and the scores. A number of keys that is
/// negative or too large is a fault.
public final class AttentionKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport { KernelReport("attention", provider: gemm.name) }
    public let meter: OperationMeter?
    private let shape: AttentionShape
    private let mask: AttentionMask
    private let scale: Float, softcap: Float
    private let hasPast: Bool
    private let outputCount: Int
    private let stage: Stage
    private let blocks: Int
    private let gemm: any GemmProvider
    private let loops: VectorLoops
    private let tanh = EpilogueValues(Epilogue(activation: .tanh), columns: 0)

    /// The stage of the computation after which the scores are written.
    public enum Stage: Int, Sendable {
        case scaled, capped, masked, normalized
    }

    private static let rowsPerTile = 64

    /// - Parameter hasPast: whether there are operands for past keys and values, even if they are empty.
    public init(
        _ shape: AttentionShape, mask: AttentionMask, scale: Float, softcap: Float, hasPast: Bool, outputCount: Int,
        stage: Stage, options: KernelOptions
    ) {
        precondition(hasPast || shape.past == 0)
        self.shape = shape
        self.mask = mask
        self.scale = scale
        self.softcap = softcap
        self.hasPast = hasPast
        self.outputCount = outputCount
        self.stage = stage
        self.gemm = options.gemm
        self.meter = options.meter()
        self.loops = VectorLoops(options.instructionSet)
        blocks = max(1, (shape.queries + AttentionKernel.rowsPerTile - 1) / AttentionKernel.rowsPerTile)
        let isIdle = shape.queries == 0 && (outputCount == 1 || shape.total == 0)
        tileCount = isIdle ? 1 : max(1, shape.images * shape.queryHeads * blocks)
        scratchByteCount = min(shape.queries, AttentionKernel.rowsPerTile) * shape.total * 4
    }

    /// The indices of operands.
    private var tableIndex: Int { 3 }
    private var pastIndex: Int { tableIndex + (mask.table == nil ? 0 : 1) }
    private var lengthsIndex: Int { pastIndex + (hasPast ? 2 : 0) }
    private var outputIndex: Int { lengthsIndex + (mask.hasLengths ? 1 : 0) }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (block, head) = (tile % blocks, tile / blocks % max(1, shape.queryHeads))
        let image = tile / (blocks * max(1, shape.queryHeads))
        guard image < shape.images else { return }
        let keyHead = head / shape.group
        if block == 0, head % shape.group == 0 {
            let part = image * shape.keyHeads + keyHead
            writeAll(
                1, shape.headSize, part, operands,
                from: image * shape.keyStrides.image + keyHead * shape.keyStrides.head, shape.keyStrides.row)
            writeAll(
                2, shape.valueSize, part, operands,
                from: image * shape.valueStrides.image + keyHead * shape.valueStrides.head, shape.valueStrides.row)
        }
        let first = block * AttentionKernel.rowsPerTile
        let rows = first..<min(first + AttentionKernel.rowsPerTile, shape.queries)
        guard !rows.isEmpty else { return }
        let strides = shape.outputStrides
        let y =
            operands.floats(outputIndex) + image * strides.image + head * strides.head + rows.lowerBound * strides.row
        guard shape.total > 0 else {
            for row in 0..<rows.count { (y + row * strides.row).update(repeating: 0, count: shape.valueSize) }
            return
        }
        var (keys, offset) = (shape.total, shape.past)
        if mask.hasLengths {
            let length = operands.typed(lengthsIndex, as: Int64.self)[image]
            guard (0...Int64(shape.total)).contains(length) else { return operands.report(.indexOutOfRange) }
            keys = Int(length)
            if !hasPast { offset = keys - shape.queries }
        }
        let scores = scratch.floats
        multiply(image, head, rows, operands, into: scores)
        for row in rows {
            let own = scores + (row - rows.lowerBound) * shape.total
            score(own, image, head, row, keys: keys, offset: offset, operands)
        }
        let (values, part) = (shape.valueStrides, image * shape.keyHeads + keyHead)
        if shape.past > 0 {
            gemm.multiply(
                m: rows.count, n: shape.valueSize, k: shape.past, a: scores, aPitch: shape.total,
                b: operands.floats(pastIndex + 1) + part * shape.past * shape.valueSize, bPitch: shape.valueSize, c: y,
                cPitch: strides.row)
        }
        if shape.keys > 0 {
            gemm.multiply(
                m: rows.count, n: shape.valueSize, k: shape.keys, a: scores + shape.past, aPitch: shape.total,
                aTransposed: false, b: operands.floats(2) + image * values.image + keyHead * values.head,
                bPitch: values.row, bTransposed: false, c: y, cPitch: strides.row, adds: shape.past > 0)
        }
        meter?.add {
            $0.calls += 4
            $0.macs += rows.count * shape.total * (shape.headSize + shape.valueSize)
        }
    }

    /// scores = Q K' for some rows of a head.
    private func multiply(
        _ image: Int, _ head: Int, _ rows: Range<Int>, _ operands: Operands, into scores: UnsafeMutablePointer<Float>
    ) {
        let (queries, keys) = (shape.queryStrides, shape.keyStrides)
        let keyHead = head / shape.group
        let q =
            operands.floats(0) + image * queries.image + head * queries.head + rows.lowerBound * queries.row
        func product(_ count: Int, _ k: UnsafePointer<Float>, _ pitch: Int, _ target: UnsafeMutablePointer<Float>) {
            guard count > 0 else { return }
            gemm.multiply(
                m: rows.count, n: count, k: shape.headSize, a: q, aPitch: queries.row, aTransposed: false, b: k,
                bPitch: pitch, bTransposed: true, c: target, cPitch: shape.total, adds: false)
        }
        if shape.past > 0 {
            let part = image * shape.keyHeads + keyHead
            product(
                shape.past, operands.floats(pastIndex) + part * shape.past * shape.headSize, shape.headSize, scores)
        }
        product(
            shape.keys, operands.floats(1) + image * keys.image + keyHead * keys.head, keys.row, scores + shape.past)
    }

    /// Turns a row of products into weights whose sum is 1.
    private func score(
        _ row: UnsafeMutablePointer<Float>, _ image: Int, _ head: Int, _ query: Int, keys: Int, offset: Int,
        _ operands: Operands
    ) {
        let count = shape.total
        func write(_ reached: Stage) {
            guard outputCount > 3, reached == stage else { return }
            let place = (image * shape.queryHeads + head) * shape.queries + query
            (operands.floats(outputIndex + 3) + place * count).update(from: row, count: count)
        }
        for key in 0..<count { row[key] *= scale }
        write(.scaled)
        if softcap > 0 { cap(row) }
        write(.capped)
        // The query's position, counted like those of the keys.
        let position = query + offset
        var end = keys
        if mask.isCausal { end = min(end, position + 1) }
        if let right = mask.rightWindow { end = min(end, position + right + 1) }
        if let table = mask.table { end = min(end, table.keys) }
        end = max(0, end)
        let start = min(end, max(0, mask.leftWindow.map { position - $0 } ?? 0))
        row.update(repeating: -.infinity, count: start)
        (row + end).update(repeating: -.infinity, count: count - end)
        if let table = mask.table {
            let first = image * table.image + head * table.head + query * table.query
            if table.isBool {
                let seen = operands.typed(tableIndex, as: Bool.self) + first
                for key in start..<end where !seen[key * table.key] { row[key] = -.infinity }
            } else {
                let addend = operands.floats(tableIndex) + first
                for key in start..<end {
                    let value = addend[key * table.key]
                    // Not by adding -inf: a masked score may be infinite or NaN.
                    row[key] = value == -.infinity ? value : row[key] + value
                }
            }
        }
        write(.masked)
        normalize(row)
        write(.normalized)
    }

    private func cap(_ row: UnsafeMutablePointer<Float>) {
        for key in 0..<shape.total { row[key] /= softcap }
        var epilogue = tanh.from(0)
        loops.table.finish(row, shape.total, row, shape.total, 1, shape.total, &epilogue)
        for key in 0..<shape.total { row[key] *= softcap }
    }

    private func normalize(_ row: UnsafeMutablePointer<Float>) {
        let count = shape.total
        var largest = -Float.infinity
        for key in 0..<count where row[key] > largest || row[key].isNaN { largest = row[key] }
        guard largest != -.infinity else { return row.update(repeating: 0, count: count) }
        var sum = 0.0
        for key in 0..<count {
            row[key] = expf(row[key] - largest)
            sum += Double(row[key])
        }
        let factor = Float(1 / sum)
        for key in 0..<count { row[key] *= factor }
    }

    /// Writes all keys, or all values, of a head: [image, head, row, width].
    ///
    /// - Parameters:
    ///   - index: the operand with the new keys or values, and the output that receives all of them.
    ///   - part: the head's number, counted over all images.
    private func writeAll(
        _ index: Int, _ width: Int, _ part: Int, _ operands: Operands, from first: Int, _ pitch: Int
    ) {
        guard index < outputCount else { return }
        var target = operands.floats(outputIndex + index) + part * shape.total * width
        if shape.past > 0 {
            let before = operands.floats(pastIndex + index - 1) + part * shape.past * width
            target.update(from: before, count: shape.past * width)
            target += shape.past * width
        }
        let source = operands.floats(index) + first
        for row in 0..<shape.keys { (target + row * width).update(from: source + row * pitch, count: width) }
    }
}
