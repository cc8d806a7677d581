import DeeperExecution
import DeeperGraphs
import DeeperTensors
import Testing

@testable import DeeperPasses

/// A network with Concats of channels whose operands are made in place.
struct InPlaceCase: Sendable, CustomTestStringConvertible {
    let name: String
    let build: @Sendable (inout Net) throws -> Void

    init(_ name: String, _ build: @escaping @Sendable (inout Net) throws -> Void) {
        self.name = name
        self.build = build
    }

    var testDescription: String { name }

    private static let picture = [2, 3, 4, 5]

    private static func concat(_ net: inout Net, _ values: ValueID...) throws -> ValueID {
        try net.node("Concat", values, ["axis": .int(1)])
    }

    /// Adds channels before and after those of a value.
    private static func pad(
        _ net: inout Net, _ value: ValueID, _ before: Int, _ after: Int, filling number: Float? = nil
    ) throws -> ValueID {
        let pads = try net.integers(0, before, 0, 0, 0, after, 0, 0)
        return try net.node("Pad", [value, pads] + (number.map { [try net.scalar($0)] } ?? []))
    }

    static let all: [InPlaceCase] = [
        InPlaceCase("a residual with fewer channels, as in BlazeFace") { net in
            var (value, channels) = (try net.conv(try net.input(picture), 3, to: 4), 4)
            for _ in 0..<2 {
                let wider = try net.conv(value, channels, to: channels + 3)
                value = try net.node("Relu", [try net.node("Add", [wider, try pad(&net, value, 0, 3)])])
                channels += 3
            }
            net.output(value)
        },
        InPlaceCase("a Pad on both sides, of a value that others read") { net in
            let a = try net.conv(try net.input(picture), 3, to: 2)
            net.output(try pad(&net, a, 3, 1, filling: 2.5), try net.node("Sigmoid", [a]), a)
        },
        InPlaceCase("a Pad of a Pad, in a Concat") { net in
            let x = try net.input(picture)
            let a = try pad(&net, try pad(&net, try net.conv(x, 3, to: 2), 1, 0), 0, 2, filling: -1)
            net.output(try concat(&net, try net.conv(x, 3, to: 3), a), a)
        },
        InPlaceCase("one value in a Concat and in two Pads") { net in
            let x = try net.input(picture)
            let a = try net.conv(x, 3, to: 2)
            let whole = try concat(&net, try net.conv(x, 3, to: 1), a)
            net.output(whole, try pad(&net, a, 1, 0), try pad(&net, a, 0, 1))
        },
        InPlaceCase("Pads of what cannot write slices, that cut channels off, or that add pixels too") { net in
            let x = try net.input(picture)
            let softmax = try net.node("Softmax", [try net.conv(x, 3, to: 3)], ["axis": .int(1)])
            let a = try net.conv(x, 3, to: 3)
            let both = try net.node("Pad", [a, try net.integers(0, 1, 0, 1, 0, 1, 2, 0)])
            net.output(try pad(&net, softmax, 1, 2), try pad(&net, a, -1, 2), both, try pad(&net, x, 1, 1))
        },
        InPlaceCase("a Concat of Concats") { net in
            let x = try net.input(picture)
            let (a, b, c) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3), try net.conv(x, 3, to: 1))
            net.output(try concat(&net, try concat(&net, a, b), c))
        },
        InPlaceCase("two inner Concats, each of which others read") { net in
            let x = try net.input(picture)
            let a = try concat(&net, try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            let b = try concat(&net, try net.conv(x, 3, to: 4), try net.conv(x, 3, to: 1))
            let whole = try concat(&net, b, a)
            net.output(try net.node("Relu", [a]), try net.conv(b, 5, to: 2), whole)
        },
        InPlaceCase("three deep") { net in
            let x = try net.input(picture)
            var value = try net.conv(x, 3, to: 2)
            for _ in 0..<3 { value = try concat(&net, try net.conv(x, 3, to: 3), value) }
            net.output(try net.conv(value, 11, to: 2, kernel: [3, 3]))
        },
        InPlaceCase("densely connected: each Concat is read by the next operand") { net in
            var value = try net.conv(try net.input(picture), 3, to: 4)
            for step in 0..<3 {
                let fresh = try net.conv(
                    value, 4 + 2 * step, to: 2, kernel: [3, 3], ["pads": .ints([1, 1, 1, 1])])
                value = try concat(&net, value, fresh)
            }
            net.output(value)
        },
        InPlaceCase("an operand that others read: convolution, pooling, and what cannot read slices") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            let whole = try concat(&net, a, b)
            let window: [String: AttributeValue] = ["kernel_shape": .ints([2, 2])]
            net.output(
                whole, try net.conv(b, 3, to: 4, kernel: [3, 3]), try net.node("MaxPool", [b], window),
                try net.node("Sigmoid", [b]), try net.node("Flatten", [b]), try net.node("LRN", [b], ["size": .int(3)]))
        },
        InPlaceCase("outputs that are slices") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            net.output(b, try concat(&net, a, b), a)
        },
        InPlaceCase("an operand that is read after the whole") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            var value = try net.conv(try concat(&net, a, b), 5, to: 2)
            for _ in 0..<3 { value = try net.conv(value, 2, to: 2) }
            net.output(try net.node("Add", [a, value]))
        },
        InPlaceCase("operands whose makers cannot write slices") { net in
            let x = try net.input(picture)
            let relu = try net.node("Relu", [try net.conv(x, 3, to: 2)])
            let softmax = try net.node("Softmax", [try net.conv(x, 3, to: 3)], ["axis": .int(1)])
            net.output(try concat(&net, relu, try net.conv(x, 3, to: 1), softmax))
        },
        InPlaceCase("operands of rows, of which one is a convolution") { net in
            let x = try net.input([2, 3, 4, 4])
            let turned = try net.node("Transpose", [x], ["perm": .ints([0, 1, 3, 2])])
            net.output(try concat(&net, turned, try net.conv(x, 3, to: 2), try net.node("Neg", [turned])))
        },
        InPlaceCase("operands of rows alone") { net in
            let x = try net.input([2, 3, 4, 4])
            let turned = try net.node("Transpose", [x], ["perm": .ints([0, 1, 3, 2])])
            net.output(try concat(&net, turned, try net.node("Softmax", [turned])), try net.conv(turned, 3, to: 2))
        },
        InPlaceCase("operands that only look at another value") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            let reshaped = try net.node("Reshape", [b, try net.integers(0, 0, 4, 5)])
            net.output(try concat(&net, try net.node("Identity", [a]), reshaped, a, b))
        },
        InPlaceCase("a slice after Identity") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            net.output(try concat(&net, a, b), try net.node("Relu", [try net.node("Dropout", [b])]))
        },
        InPlaceCase("siblings in different Concats") { net in
            let x = try net.input(picture)
            let parts = try [2, 3, 1, 4].map { try net.conv(x, 3, to: $0, bias: true) }
            net.output(try concat(&net, parts[3], parts[0]), try concat(&net, parts[1], parts[2]))
        },
        InPlaceCase("one operand computed from another") { net in
            let a = try net.conv(try net.input(picture), 3, to: 2)
            let b = try net.node("Add", [a, a])
            let c = try net.node("Mul", [a, b])
            net.output(try concat(&net, c, a, b))
        },
        InPlaceCase("values in two Concats, in another order") { net in
            let x = try net.input(picture)
            let (a, b, c) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3), try net.conv(x, 3, to: 1))
            net.output(try concat(&net, a, b), try concat(&net, b, c), try concat(&net, c, a))
        },
        InPlaceCase("Split into a Concat") { net in
            let conv = try net.conv(try net.input(picture), 3, to: 6)
            let parts = try net.nodes("Split", [conv], ["axis": .int(1)], outputCount: 3)
            net.output(try concat(&net, parts[2], parts[0], parts[1]))
        },
        InPlaceCase("an operand without channels") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            let none = try net.node("Slice", [b, try net.integers(0), try net.integers(0), try net.integers(1)])
            net.output(try concat(&net, none, a, try net.node("Relu", [b])))
        },
        InPlaceCase("a Concat that nobody reads") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 3, to: 2), try net.conv(x, 3, to: 3))
            _ = try concat(&net, a, b)
            net.output(try net.conv(a, 2, to: 2), b)
        },
        InPlaceCase("one axis, and three") { net in
            let line = try net.input([2, 3, 7])
            net.output(
                try concat(&net, try net.conv(line, 3, to: 2, kernel: [1]), try net.conv(line, 3, to: 1, kernel: [1])))
            let body = try net.input([2, 2, 3, 4, 2])
            let (a, b) = (
                try net.conv(body, 2, to: 2, kernel: [1, 1, 1]), try net.conv(body, 2, to: 3, kernel: [1, 1, 1])
            )
            net.output(try concat(&net, a, b), b)
        },
        InPlaceCase("an Inception module of an Inception module") { net in
            var (value, channels) = (try net.input([2, 4, 5, 5]), 4)
            for _ in 0..<2 {
                let same: [String: AttributeValue] = ["pads": .ints([1, 1, 1, 1])]
                let one = try net.node("Relu", [try net.conv(value, channels, to: 3, bias: true)])
                let reduce = try net.node("Relu", [try net.conv(value, channels, to: 2, bias: true)])
                let three = try net.node("Relu", [try net.conv(reduce, 2, to: 4, kernel: [3, 3], bias: true, same)])
                let pool = try net.node("MaxPool", [value], same.merging(["kernel_shape": .ints([3, 3])]) { $1 })
                let projected = try net.node("Relu", [try net.conv(pool, channels, to: 2, bias: true)])
                (value, channels) = (try concat(&net, one, three, projected), 9)
            }
            net.output(value)
        },
    ]
}

@Suite("Concats in place hold the right values") struct InPlaceConcatTests {
    @Test("with the passes and without", arguments: InPlaceCase.all) func passes(item: InPlaceCase) throws {
        var net = Net()
        try item.build(&net)
        let expected = try net.runNodeByNode()
        try expectClose(net.run(net.graph), expected, "raw")
        try expectClose(net.run(net.graph, optimizes: true), expected, "all passes")
    }

    @Test("what Pads add is written when the rest is, so that a chain of Pads takes no more memory than a short one")
    func memory() throws {
        func byteCount(_ length: Int) throws -> Int {
            var net = Net()
            var value = try net.input([1, 4, 16, 16])
            for _ in 0..<length {
                let narrow = try net.conv(value, 4, to: 4, kernel: [3, 3], ["pads": .ints([1, 1, 1, 1])])
                let pads = try net.integers(0, 0, 0, 0, 0, 4, 0, 0)
                value = try net.conv(try net.node("Pad", [narrow, pads]), 8, to: 4)
            }
            net.output(value)
            return try net.plan(net.graph).arenaByteCount
        }
        #expect(try byteCount(12) == byteCount(4))
    }
}
