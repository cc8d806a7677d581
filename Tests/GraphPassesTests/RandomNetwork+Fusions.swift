import DeeperGraphs
import DeeperTensors

/// What exporters write in several nodes and deeper computes in one.
extension RandomNetwork {
    /// A sum of branches of one value, as networks are trained that are merged later.
    mutating func parallel(_ x: Value) throws {
        let groups = chance(40) ? x.channels : 1
        let attributes: [String: AttributeValue] = ["group": .int(groups)]
        var sum = try net.conv(
            x.id, x.channels, to: x.channels, kernel: [3, 3], bias: chance(50),
            attributes.merging(["pads": .ints([1, 1, 1, 1])]) { $1 })
        for _ in 0..<random(1...2) {
            let branch =
                chance(50)
                ? try net.batchNorm(x.id, x.channels) : try net.conv(x.id, x.channels, to: x.channels, attributes)
            if chance(15) { want(branch) }
            sum = try net.node(chance(80) ? "Add" : "Sub", chance(50) ? [sum, branch] : [branch, sum])
        }
        add(chance(50) ? try net.node("Relu", [sum]) : sum, x.channels, x.rows, x.columns)
    }

    /// An activation in the nodes that PyTorch writes for it, sometimes with a number that makes it another function.
    mutating func spelledOut(_ x: Value) throws {
        let maker = chance(60) ? try net.conv(x.id, x.channels, to: x.channels, bias: true) : x.id
        let id: ValueID
        switch random(0...3) {
        case 0: id = try net.node("Mul", [maker, try net.node("Sigmoid", [maker])])
        case 1:
            let sum = try net.node("Add", [maker, try net.scalar(chance(80) ? 3 : 2)])
            let gate = try net.node("Clip", [sum, try net.scalar(0), try net.scalar(6)])
            id = try net.node("Div", [try net.node("Mul", [gate, maker]), try net.scalar(6)])
        case 2:
            let erf = try net.node("Erf", [try net.node("Div", [maker, try net.scalar(chance(80) ? 1.4142135 : 1.5)])])
            let sum = try net.node("Add", [erf, try net.scalar(1)])
            id = try net.node("Mul", [try net.node("Mul", [maker, sum]), try net.scalar(0.5)])
        default: id = try net.node("Mul", [maker, try net.node("Tanh", [try net.node("Softplus", [maker])])])
        }
        let scaled = chance(30) ? try net.node("Mul", [id, try net.scalar(1.25)]) : id
        add(chance(30) ? try net.node("Add", [scaled, try net.scalar(-0.5)]) : scaled, x.channels, x.rows, x.columns)
    }

    /// Layers with channels last, as exporters of TensorFlow write them: only the convolution has its channels first.
    mutating func channelsLast(_ x: Value) throws {
        var id = try net.conv(x.id, x.channels, to: x.channels)
        id = try net.node("Transpose", [id], ["perm": .ints([0, 2, 3, 1])])
        id = try net.node(["Add", "Mul"][random(0...1)], [id, try net.weights([x.channels])])
        if chance(60) { id = try net.node(["Relu", "Sigmoid", "Tanh"][random(0...2)], [id]) }
        if chance(20) { want(id) }
        var channels = x.channels
        if chance(50) {
            let other = try net.node("Transpose", [x.id], ["perm": .ints([0, 2, 3, 1])])
            if chance(50) {
                id = try net.node("Add", [id, other])
            } else {
                id = try net.node("Concat", [id, other], ["axis": .int(3)])
                channels *= 2
            }
        }
        add(try net.node("Transpose", [id], ["perm": .ints([0, 3, 1, 2])]), channels, x.rows, x.columns)
    }

    /// Pixels as rows of a matrix product, as in a transformer.
    mutating func tokens(_ x: Value) throws {
        if chance(40) { return try channelsLast(x) }
        let moved = try net.node("Transpose", [x.id], ["perm": .ints([0, 2, 3, 1])])
        let product = try net.node("MatMul", [moved, try net.weights([x.channels, x.channels])])
        var id = product
        if chance(30) {
            let rows = try net.node("Flatten", [product], ["axis": .int(3)])
            let shape = try net.integers(-1, x.rows, x.columns, x.channels)
            id = try net.node("Reshape", [try net.batchNorm(rows, x.channels), shape])
        } else if chance(70) {
            id = try net.node("Add", [product, try net.weights([x.channels])])
        }
        if chance(50) { id = try net.node(["Relu", "Sigmoid", "Tanh"][random(0...2)], [id]) }
        if chance(20) { want(id) }
        add(try net.node("Transpose", [id], ["perm": .ints([0, 3, 1, 2])]), x.channels, x.rows, x.columns)
    }
}
