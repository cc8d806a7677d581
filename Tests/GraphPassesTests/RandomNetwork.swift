import DeeperGraphs
import DeeperTensors
import DeeperTestSupport

/// Small convolutional networks from a seed: what passes and the planner may meet, in orders nobody thought of.
struct RandomNetwork {
    struct Value {
        var id: ValueID
        var channels: Int
        var rows: Int
        var columns: Int
    }

    var net: Net
    private(set) var values: [Value] = []

    static func make(seed: UInt64) throws -> Net {
        var network = RandomNetwork(net: Net(seed: seed))
        try network.build()
        return network.net
    }

    private init(net: Net) { self.net = net }

    mutating func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &net.generator) }
    mutating func chance(_ percent: Int) -> Bool { random(1...100) <= percent }
    /// Recent values more often than old ones.
    mutating func pick() -> Value { values[max(random(0...values.count - 1), random(0...values.count - 1))] }

    private mutating func build() throws {
        let (images, channels, rows, columns) = (random(1...2), random(1...4), random(5...9), random(5...9))
        let x = try net.input([images, channels, rows, columns])
        values = [Value(id: x, channels: channels, rows: rows, columns: columns)]
        for _ in 0..<random(6...16) { try step() }
        // The last value, and sometimes one from the middle, perhaps a slice of a Concat.
        let last = values[values.count - 1]
        if chance(30) {
            try classify(last)
        } else {
            net.output(last.id)
        }
        for _ in 0..<random(0...2) { want(pick().id) }
        if chance(10) { want(x) }
        if chance(10) { want(try net.weights([2, 3])) }
        net.graph.outputs.shuffle(using: &net.generator)
    }

    /// Makes a value an output, unless it is one.
    mutating func want(_ value: ValueID) {
        if !net.graph.outputs.contains(value) { net.output(value) }
    }

    private mutating func step() throws {
        switch random(0...27) {
        case 0, 1: try convolution(pick())
        case 2: try normalised(pick())
        case 3: try siblings(pick())
        case 4: try module(pick())
        case 5, 6: try concatenation()
        case 7: try sum()
        case 8: try pooling(pick())
        case 9: try padded(pick())
        case 10: try affine(pick())
        case 11: try handOn(pick())
        case 12: try activation(pick())
        case 13: try residual(pick())
        case 14, 15: try heads(pick())
        case 16: try gate(pick())
        case 17: try renamed(pick())
        case 18: try oneChannel(pick())
        case 19: try parallel(pick())
        case 20: try spelledOut(pick())
        case 21: try tokens(pick())
        case 22, 23: try crossStage(pick())
        case 24: try denseBlock(pick())
        case 25: try enlarged(pick())
        case 26: try quantised()
        default: try slice(pick())
        }
    }

    @discardableResult mutating func add(_ id: ValueID, _ channels: Int, _ rows: Int, _ columns: Int) -> Value {
        let value = Value(id: id, channels: channels, rows: rows, columns: columns)
        values.append(value)
        return value
    }

    @discardableResult
    private mutating func convolution(_ x: Value, pad: Int? = nil, _ kernel: Int? = nil) throws -> Value {
        let kernel = kernel ?? [1, 3][random(0...1)]
        let pad = pad ?? random(0...kernel / 2)
        guard x.rows + 2 * pad >= kernel, x.columns + 2 * pad >= kernel else { return x }
        let stride = chance(80) ? 1 : 2
        let groups = chance(20) ? x.channels : 1
        let filters = groups * random(1...(groups > 1 ? 2 : 6))
        let attributes: [String: AttributeValue] = [
            "pads": .ints([pad, pad, pad, pad]), "strides": .ints([stride, stride]), "group": .int(groups),
        ]
        let id = try net.conv(x.id, x.channels, to: filters, kernel: [kernel, kernel], bias: chance(50), attributes)
        return add(
            id, filters, (x.rows + 2 * pad - kernel) / stride + 1, (x.columns + 2 * pad - kernel) / stride + 1)
    }

    private mutating func normalised(_ x: Value) throws {
        let conv = try convolution(x)
        let norm = add(try net.batchNorm(conv.id, conv.channels), conv.channels, conv.rows, conv.columns)
        if chance(60) { add(try net.node("Relu", [norm.id]), norm.channels, norm.rows, norm.columns) }
    }

    private mutating func siblings(_ x: Value) throws {
        for _ in 0..<random(2...3) {
            let filters = random(1...5)
            var id = try net.conv(x.id, x.channels, to: filters, bias: chance(50))
            if chance(50) { id = try net.node("Relu", [id]) }
            add(id, filters, x.rows, x.columns)
        }
    }

    /// An Inception module: 1x1, reduced 3x3, pooling, one after the other.
    private mutating func module(_ x: Value) throws {
        var branches: [Value] = []
        func relu(_ net: inout Net, _ id: ValueID) throws -> ValueID { try net.node("Relu", [id]) }
        let first = random(1...4)
        branches.append(
            add(try relu(&net, try net.conv(x.id, x.channels, to: first, bias: true)), first, x.rows, x.columns))
        let reduced = random(1...3)
        let reduce = add(try relu(&net, try net.conv(x.id, x.channels, to: reduced)), reduced, x.rows, x.columns)
        let wide = random(1...4)
        let same: [String: AttributeValue] = ["pads": .ints([1, 1, 1, 1])]
        let conv = try net.conv(reduce.id, reduced, to: wide, kernel: [3, 3], same)
        branches.append(add(try relu(&net, conv), wide, x.rows, x.columns))
        let window = same.merging(["kernel_shape": .ints([3, 3])]) { $1 }
        let pool = add(try net.node("MaxPool", [x.id], window), x.channels, x.rows, x.columns)
        branches.append(chance(50) ? pool : try convolution(pool, pad: 0, 1))
        branches = branches.filter { $0.rows == x.rows && $0.columns == x.columns }
        add(
            try net.node("Concat", branches.map(\.id), ["axis": .int(1)]), branches.map(\.channels).reduce(0, +),
            x.rows,
            x.columns)
    }

    /// A block of a residual network: a convolution of as many channels, and what came in, in either order.
    private mutating func residual(_ x: Value) throws {
        let kernel = [1, 3][random(0...1)]
        let pads = AttributeValue.ints(.init(repeating: kernel / 2, count: 4))
        let conv = try net.conv(
            x.id, x.channels, to: x.channels, kernel: [kernel, kernel], bias: chance(50), ["pads": pads])
        let sum = try net.node("Add", chance(50) ? [conv, x.id] : [x.id, conv])
        add(chance(60) ? try net.node("Relu", [sum]) : sum, x.channels, x.rows, x.columns)
    }

    private mutating func concatenation() throws {
        let first = pick()
        let fitting = values.filter { $0.rows == first.rows && $0.columns == first.columns }
        let operands = (0..<random(1...3)).map { _ in fitting.randomElement(using: &net.generator) ?? first } + [first]
        let channels = operands.map(\.channels).reduce(0, +)
        guard channels <= 40 else { return }
        let axis = chance(90) ? 1 : -3
        add(
            try net.node("Concat", operands.map(\.id), ["axis": .int(axis)]), channels, first.rows, first.columns)
    }

    private mutating func sum() throws {
        let first = pick()
        let fitting = values.filter {
            $0.rows == first.rows && $0.columns == first.columns && $0.channels == first.channels
        }
        guard let second = fitting.randomElement(using: &net.generator) else { return }
        let name = ["Add", "Sum", "Max"][random(0...2)]
        add(try net.node(name, [first.id, second.id]), first.channels, first.rows, first.columns)
    }

    private mutating func pooling(_ x: Value) throws {
        let stride = random(1...2)
        let pad = random(0...1)
        let ceil = chance(30)
        // One window that hangs over is enough where extents are rounded up.
        let least = 3 - 2 * pad - (ceil ? stride - 1 : 0)
        guard x.rows >= least, x.columns >= least else { return }
        func extent(_ input: Int) -> Int {
            let room = input + 2 * pad - 3
            let count = (ceil ? room + stride - 1 : room) / stride + 1
            return ceil && (count - 1) * stride >= input + pad ? count - 1 : count
        }
        var attributes: [String: AttributeValue] = [
            "kernel_shape": .ints([3, 3]), "strides": .ints([stride, stride]), "pads": .ints([pad, pad, pad, pad]),
            "ceil_mode": .int(ceil ? 1 : 0),
        ]
        let isMaximum = chance(50)
        if !isMaximum { attributes["count_include_pad"] = .int(random(0...1)) }
        let id = try net.node(isMaximum ? "MaxPool" : "AveragePool", [x.id], attributes)
        add(id, x.channels, extent(x.rows), extent(x.columns))
    }

    /// Pad, followed by an operator with a window.
    private mutating func padded(_ x: Value) throws {
        let edges = (0..<4).map { _ in random(0...2) }
        let fill: Float = [0, 0, 0, -.infinity, 0.5][random(0...4)]
        let borders = try net.integers(0, 0, edges[0], edges[1], 0, 0, edges[2], edges[3])
        let pad = Value(
            id: try net.node("Pad", [x.id, borders, try net.scalar(fill)]), channels: x.channels,
            rows: x.rows + edges[0] + edges[2], columns: x.columns + edges[1] + edges[3])
        if fill == -.infinity {
            guard pad.rows >= 2, pad.columns >= 2 else { return }
            let window: [String: AttributeValue] = ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]
            // A window that sees nothing but the border would send infinities on.
            let clip = [try net.node("MaxPool", [pad.id], window), try net.scalar(-10), try net.scalar(10)]
            add(try net.node("Clip", clip), pad.channels, pad.rows / 2, pad.columns / 2)
        } else if chance(60) {
            if chance(20) { values.append(pad) }
            try convolution(pad)
        } else {
            try pooling(pad)
        }
    }

    private mutating func affine(_ x: Value) throws {
        let conv = chance(70) ? try convolution(x) : x
        let shapes = [[], [conv.channels, 1, 1], [1, conv.channels, 1, 1], [conv.columns], [conv.rows, 1]]
        let operand = try net.weights(shapes[random(0...4)])
        let operands = chance(50) ? [conv.id, operand] : [operand, conv.id]
        add(try net.node(chance(50) ? "Mul" : "Add", operands), conv.channels, conv.rows, conv.columns)
    }

    private mutating func handOn(_ x: Value) throws {
        add(try net.node(chance(50) ? "Identity" : "Dropout", [x.id]), x.channels, x.rows, x.columns)
    }

    private mutating func activation(_ x: Value) throws {
        var operands: [ValueID?] = [x.id]
        let name = ["Relu", "Clip", "LeakyRelu", "Sigmoid", "LRN"][random(0...4)]
        if name == "Clip" { operands += [try net.scalar(-0.5), chance(50) ? try net.scalar(0.75) : nil] }
        let id = try net.node(name, operands, name == "LRN" ? ["size": .int(3)] : [:])
        add(id, x.channels, x.rows, x.columns)
    }

    /// Some of the channels.
    private mutating func slice(_ x: Value) throws {
        let start = random(0...x.channels - 1)
        let end = random(start + 1...x.channels)
        let operands = [x.id, try net.integers(start), try net.integers(end), try net.integers(1)]
        add(try net.node("Slice", operands), end - start, x.rows, x.columns)
    }

    private mutating func classify(_ x: Value) throws {
        let pooled = try net.node("GlobalAveragePool", [x.id])
        let flat = try net.node("Flatten", [pooled])
        let product = try net.node("MatMul", [flat, try net.weights([x.channels, 5])])
        net.output(try net.node("Softmax", [try net.node("Add", [product, try net.weights([5])])]))
    }
}
