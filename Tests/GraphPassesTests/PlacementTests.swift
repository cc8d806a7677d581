import DeeperGraphs
import DeeperTensors
import Testing

@testable import DeeperExecution

/// A small network, and which of its Concats get their operands in place.
struct PlacementCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// In the order of the nodes.
    let isInPlace: [Bool]
    let build: @Sendable (inout Net) throws -> Void

    init(_ name: String, _ isInPlace: [Bool], _ build: @escaping @Sendable (inout Net) throws -> Void) {
        self.name = name
        self.isInPlace = isInPlace
        self.build = build
    }

    var testDescription: String { name }

    private static let picture = [2, 4, 5, 5]

    private static func branches(_ net: inout Net) throws -> (ValueID, ValueID) {
        let x = try net.input(picture)
        return (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 5, kernel: [3, 3], ["pads": .ints([1, 1, 1, 1])]))
    }

    static let all: [PlacementCase] = [
        // Conv -> a -+               Conv -> y[0..<3]
        //            Concat -> y =>
        // Conv -> b -+               Conv -> y[3..<8]
        PlacementCase("two convolutions", [true]) { net in
            let (a, b) = try branches(&net)
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        PlacementCase("an axis from the end", [true]) { net in
            let (a, b) = try branches(&net)
            net.output(try net.node("Concat", [a, b], ["axis": .int(-3)]))
        },
        PlacementCase("open rows and columns", [true]) { net in
            let x = try net.open(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 5))
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        PlacementCase("a Concat of a Concat", [true, true]) { net in
            let (a, b) = try branches(&net)
            let inner = try net.node("Concat", [a, b], ["axis": .int(1)])
            let pool = try net.node("MaxPool", [a], ["kernel_shape": .ints([1, 1])])
            net.output(try net.node("Concat", [pool, inner], ["axis": .int(1)]))
        },
        // A value can lie in one place only: the first Concat has it.
        PlacementCase("a value in two Concats", [true, false]) { net in
            let (a, b) = try branches(&net)
            net.output(
                try net.node("Concat", [a, b], ["axis": .int(1)]), try net.node("Concat", [b, a], ["axis": .int(1)]))
        },
        PlacementCase("rows", [false]) { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Concat", [a, b], ["axis": .int(2)]))
        },
        PlacementCase("columns, from the end", [false]) { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Concat", [a, b], ["axis": .int(-1)]))
        },
        PlacementCase("images", [false]) { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Concat", [a, b], ["axis": .int(0)]))
        },
        PlacementCase("one operand", [false]) { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Add", [try net.node("Concat", [a], ["axis": .int(1)]), b]))
        },
        PlacementCase("matrices", [false]) { net in
            let x = try net.input([3, 4])
            let a = try net.node("MatMul", [x, try net.weights([4, 2])])
            let b = try net.node("MatMul", [x, try net.weights([4, 3])])
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        PlacementCase("integers, though their maker cannot write slices", [true]) { net in
            let x = try net.input(picture)
            let (a, b) = (try net.node("Cast", [x], ["to": .int(6)]), try net.node("Cast", [x], ["to": .int(6)]))
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
    ]
}

@Suite struct PlacementTests {
    private func placement(
        _ readers: Placement.Readers, _ build: (inout Net) throws -> Void
    ) throws -> (graph: Graph, placement: Placement) {
        var net = Net()
        try build(&net)
        let evaluator = try Evaluator(.plain())
        let types = try net.graph.inferTypes(
            net.graph.plausibleTypes(evaluator: evaluator), evaluator: evaluator)
        return (net.graph, Placement(net.graph, types, readers: readers))
    }

    @Test("operands of Concats along channels are slices of its result", arguments: PlacementCase.all)
    func slices(item: PlacementCase) throws {
        let (graph, placement) = try placement(.any, item.build)
        let concats = graph.nodes.filter { $0.operatorName == "Concat" }
        #expect(concats.map { $0.outputs[0].map(placement.isWhole) } == item.isInPlace)
        for (concat, isInPlace) in zip(concats, item.isInPlace) where isInPlace {
            let operands = concat.inputs.compactMap { $0 }
            #expect(operands.map { placement.slice($0)?.whole } == operands.map { _ in concat.outputs[0] })
            #expect(operands.first.flatMap { placement.slice($0)?.firstChannel } == 0)
        }
    }

    @Test("operands that cannot lie in the result are copied to those that do: an input, a constant, one given twice")
    func mixed() throws {
        let (graph, placement) = try placement(.any) { net in
            let x = try net.input([2, 4, 5, 5], isFixed: true)
            let a = try net.conv(x, 4, to: 3)
            net.output(try net.node("Concat", [x, a, try net.weights([2, 2, 5, 5]), a], ["axis": .int(1)]))
        }
        let concat = try #require(graph.nodes.last)
        let operands = concat.inputs.compactMap { $0 }
        #expect(operands.map { placement.slice($0)?.firstChannel } == [nil, 4, nil, 4])
    }

    @Test("what is cut apart and put together again is made in its place as a whole", arguments: [true, false])
    func rejoined(byAttribute: Bool) throws {
        func whole(_ order: [Int]) throws -> Int? {
            var value: ValueID?
            let (_, placement) = try placement(.any) { net in
                let conv = try net.conv(try net.input([2, 4, 5, 5]), 4, to: 6)
                value = conv
                var parts: [ValueID] = []
                if byAttribute {
                    let extents = try net.integers(2, 2, 2)
                    parts = try net.nodes("Split", [conv, extents], ["axis": .int(1)], outputCount: 3)
                } else {
                    for first in [0, 2, 4] {
                        let operands = [
                            conv, try net.integers(first), try net.integers(first + 2), try net.integers(1),
                        ]
                        parts.append(try net.node("Slice", operands))
                    }
                }
                let other = try net.conv(parts[2], 2, to: 3)
                net.output(try net.node("Concat", [other] + order.map { parts[$0] }, ["axis": .int(1)]))
            }
            return value.flatMap { placement.slice($0)?.firstChannel }
        }
        #expect(try whole([0, 1, 2]) == 3)
        #expect(try whole([1, 0, 2]) == nil, "another order")
        #expect(try whole([0, 1]) == nil, "not all")
        #expect(try whole([0, 0, 1, 2]) == 5, "the first twice")
    }

    @Test("a Concat that begins with the operands of an earlier one contains it") func dense() throws {
        var wholes: [ValueID] = []
        let (graph, placement) = try placement(.any) { net in
            var features = [try net.conv(try net.input([2, 4, 5, 5]), 4, to: 3)]
            var all = features[0]
            for channels in [3, 5, 7] {
                features.append(try net.conv(all, channels, to: 2))
                all = try net.node("Concat", features, ["axis": .int(1)])
                wholes.append(all)
            }
            net.output(all)
        }
        #expect(wholes.map { placement.slice($0)?.whole } == [wholes[1], wholes[2], nil])
        let last = try #require(graph.nodes.last?.inputs.last ?? nil)
        #expect(placement.slice(last)?.firstChannel == 7)
    }

    @Test("a slice of a slice lies in the outermost Concat") func nested() throws {
        let (graph, placement) = try placement(.any) { net in
            let x = try net.input([2, 4, 5, 5])
            let inner = try net.node(
                "Concat", [try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 5)], ["axis": .int(1)])
            net.output(try net.node("Concat", [try net.conv(x, 4, to: 2), inner], ["axis": .int(1)]))
        }
        let inner = try #require(graph.nodes.first { $0.operatorName == "Concat" })
        let operand = try #require(inner.inputs[1])
        let slice = try #require(placement.outermost(of: operand))
        #expect(slice.whole == graph.outputs[0] && slice.firstChannel == 5 && slice.channels == 10)
    }

    @Test("in training nobody else reads an operand, and its maker writes slices") func training() throws {
        typealias Build = (inout Net, ValueID, ValueID) throws -> Void
        func isInPlace(_ build: Build) throws -> Bool {
            let (graph, placement) = try placement(.concatAlone) { net in
                let x = try net.input([2, 4, 5, 5])
                try build(&net, try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 5))
            }
            return graph.nodes.last { $0.operatorName == "Concat" }?.outputs[0].map(placement.isWhole) == true
        }
        #expect(try isInPlace { net, a, b in net.output(try net.node("Concat", [a, b], ["axis": .int(1)])) })
        #expect(
            try isInPlace { net, a, b in
                net.output(try net.node("Concat", [a, try net.node("Relu", [b])], ["axis": .int(1)]))
            })
        #expect(
            try !isInPlace { net, a, b in net.output(try net.node("Concat", [a, b], ["axis": .int(1)]), a) },
            "an output")
        #expect(
            try !isInPlace { net, a, b in
                let pool = try net.node("MaxPool", [a], ["kernel_shape": .ints([1, 1])])
                net.output(try net.node("Concat", [a, b, pool], ["axis": .int(1)]))
            }, "another reader")
        #expect(
            try !isInPlace { net, a, b in
                net.output(try net.node("Concat", [a, try net.node("Softmax", [b])], ["axis": .int(1)]))
            }, "a maker that writes rows")
    }
}
