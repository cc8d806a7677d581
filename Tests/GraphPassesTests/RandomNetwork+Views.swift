import DeeperGraphs
import DeeperTensors

/// Channels cut apart and put together again, and what is made where its reader or the caller wants it.
extension RandomNetwork {
    /// A stage of which a part bypasses the convolutions: cut by Split or Slice, put together with what they make; the
    /// operands are sometimes not all parts, or not in order.
    mutating func crossStage(_ x: Value) throws {
        let part = random(1...6)
        let count = random(2...3)
        var whole = try net.conv(x.id, x.channels, to: part * count, bias: chance(50))
        if chance(50) { whole = try net.node("Relu", [whole]) }
        if chance(15) { want(whole) }
        var parts: [ValueID] = []
        if chance(50) {
            let extents = net.constant(
                try Tensor([Int64](repeating: Int64(part), count: count), shape: [count]))
            parts = try net.nodes("Split", [whole, extents], ["axis": .int(1)], outputCount: count)
        } else {
            for index in 0..<count {
                let operands = [
                    whole, try net.integers(index * part), try net.integers((index + 1) * part), try net.integers(1),
                ]
                parts.append(try net.node("Slice", operands))
            }
        }
        if chance(20), let first = parts.first { want(first) }
        let pads = AttributeValue.ints(.init(repeating: 1, count: 4))
        let last = parts[count - 1]
        var made = try net.conv(last, part, to: part, kernel: [3, 3], ["pads": pads])
        if chance(50) { made = try net.node("Add", [last, made]) }
        if chance(15) { parts.swapAt(0, count - 1) }
        if chance(15) { parts.removeFirst() }
        var operands = parts + [made]
        if chance(30) { operands.insert(operands.removeLast(), at: 0) }
        add(try net.node("Concat", operands, ["axis": .int(1)]), operands.count * part, x.rows, x.columns)
    }

    /// A dense block: every layer reads what all before it made.
    mutating func denseBlock(_ x: Value) throws {
        var features = [x.id]
        var channels = x.channels
        let growth = random(1...4)
        for _ in 0..<random(2...3) {
            let all = features.count == 1 ? x.id : try net.node("Concat", features, ["axis": .int(1)])
            var read = all
            if chance(60) {
                let factors = try net.weights([channels, 1, 1])
                read = try net.node("Relu", [try net.node("Mul", [all, factors])])
            }
            features.append(try net.conv(read, channels, to: growth, bias: chance(50)))
            channels += growth
        }
        if chance(15) { features.swapAt(0, 1) }
        add(try net.node("Concat", features, ["axis": .int(1)]), channels, x.rows, x.columns)
    }

    /// The picture enlarged, and what reads it.
    mutating func enlarged(_ x: Value) throws {
        guard x.rows <= 9, x.columns <= 9 else { return }
        if chance(30) {
            let weights = try net.weights([x.channels, 3, 2, 2])
            let sums = try net.node("ConvTranspose", [x.id, weights], ["strides": .ints([2, 2])])
            let operand = try net.weights([3, 1, 1])
            let shifted =
                chance(30) ? try net.batchNorm(sums, 3) : try net.node(chance(50) ? "Add" : "Mul", [sums, operand])
            return want(chance(50) ? try net.node("Relu", [shifted]) : shifted)
        }
        let isLinear = chance(50)
        let scales = net.constant(try Tensor([1, 1, 2, isLinear ? 1.5 : 2] as [Float], shape: [4]))
        let id = try net.node(
            "Resize", [x.id, nil, scales],
            ["mode": .string(isLinear ? "linear" : "nearest"), "coordinate_transformation_mode": .string("asymmetric")]
                .merging(isLinear ? [:] : ["nearest_mode": .string("floor")]) { $1 })
        if chance(50) { return want(id) }
        want(try net.conv(id, x.channels, to: random(1...6), bias: true))
    }
}
