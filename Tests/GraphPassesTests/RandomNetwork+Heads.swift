import DeeperGraphs
import DeeperTensors

/// Values pooled to one pixel, their other names, and several readers of both.
extension RandomNetwork {
    /// Pools to one pixel and passes that on under several names, read by several heads, some of which are outputs.
    mutating func heads(_ x: Value) throws {
        let pooled = add(try pooledToOnePixel(x), x.channels, 1, 1)
        if chance(25) { want(pooled.id) }
        var names = [(id: pooled.id, isFlat: false)]
        for _ in 0..<random(1...3) {
            let source = names[random(0...names.count - 1)]
            let name = try alias(source.id, isFlat: source.isFlat, channels: x.channels)
            if !name.isFlat { add(name.id, x.channels, 1, 1) }
            if chance(15) { want(name.id) }
            names.append(name)
        }
        for _ in 0..<random(1...3) { try head(names[random(0...names.count - 1)], x.channels) }
    }

    /// A squeeze-and-excitation gate, perhaps with a head at the pooled value.
    mutating func gate(_ x: Value) throws {
        let pooled = try pooledToOnePixel(x)
        let flat = try alias(pooled, isFlat: false, channels: x.channels)
        if chance(50) { try head(flat, x.channels) }
        let squeezed = try net.conv(pooled, x.channels, to: x.channels, bias: chance(50))
        let factors = try net.node("Sigmoid", [chance(50) ? squeezed : pooled])
        let gated = try net.node("Mul", chance(50) ? [x.id, factors] : [factors, x.id])
        if chance(60) {
            add(try net.conv(gated, x.channels, to: x.channels, bias: chance(50)), x.channels, x.rows, x.columns)
        } else {
            add(gated, x.channels, x.rows, x.columns)
        }
    }

    /// The same value under another name.
    mutating func renamed(_ x: Value) throws {
        let id: ValueID
        switch random(0...2) {
        case 0: id = try net.node("Reshape", [x.id, try net.integers(0, x.channels, x.rows, x.columns)])
        case 1: id = try net.node("Cast", [x.id], ["to": .int(1)])
        default:
            let wide = try net.node("Unsqueeze", [x.id, try net.integers(2)])
            id = try net.node("Squeeze", [wide, try net.integers(2)])
        }
        if chance(20) { want(id) }
        add(id, x.channels, x.rows, x.columns)
    }

    /// One channel: channels-last and row-major are the same bytes, so that aliases need no copy.
    mutating func oneChannel(_ x: Value) throws {
        var id = try net.conv(x.id, x.channels, to: 1, bias: true)
        if chance(50) { id = try net.node("LRN", [id], ["size": .int(1)]) }
        let first = add(id, 1, x.rows, x.columns)
        if chance(25) { want(first.id) }
        try renamed(first)
        let window: [String: AttributeValue] = ["kernel_shape": .ints([1, 1])]
        if chance(60) { add(try net.node("MaxPool", [first.id], window), 1, x.rows, x.columns) }
    }

    private mutating func pooledToOnePixel(_ x: Value) throws -> ValueID {
        switch random(0...3) {
        case 0: return try net.node("GlobalMaxPool", [x.id])
        case 1: return try net.node("ReduceMean", [x.id], ["axes": .ints([2, 3]), "keepdims": .int(1)])
        case 2 where x.rows <= 9 && x.columns <= 9:
            return try net.node(
                chance(50) ? "MaxPool" : "AveragePool", [x.id], ["kernel_shape": .ints([x.rows, x.columns])])
        default: return try net.node("GlobalAveragePool", [x.id])
        }
    }

    /// Another name of a pooled value: [N, C, 1, 1], or [N, C] where it is flat.
    private mutating func alias(
        _ value: ValueID, isFlat: Bool, channels: Int
    ) throws -> (id: ValueID, isFlat: Bool) {
        if isFlat {
            switch random(0...2) {
            case 0: return (try net.node("Unsqueeze", [value, try net.integers(2, 3)]), false)
            case 1: return (try net.node("Reshape", [value, try net.integers(0, channels, 1, 1)]), false)
            default: return (try net.node("Flatten", [value]), true)
            }
        }
        switch random(0...3) {
        case 0: return (try net.node("Flatten", [value]), true)
        case 1: return (try net.node("Reshape", [value, try net.integers(0, -1)]), true)
        case 2: return (try net.node("Squeeze", [value, try net.integers(2, 3)]), true)
        default: return (try net.node("Identity", [value]), false)
        }
    }

    private mutating func head(_ name: (id: ValueID, isFlat: Bool), _ channels: Int) throws {
        var id = name.id
        if name.isFlat {
            if chance(70) {
                let operands = [id, try net.weights([channels, 4]), try net.weights([4])]
                id = try net.node("Gemm", operands)
            }
            if chance(50) { id = try net.node(["Relu", "Sigmoid", "Softmax"][random(0...2)], [id]) }
        } else {
            id = try net.conv(id, channels, to: random(1...5), bias: chance(50))
            if chance(50) { id = try net.node("Flatten", [id]) }
        }
        want(id)
    }
}
