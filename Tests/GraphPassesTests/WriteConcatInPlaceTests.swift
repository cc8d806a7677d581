import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static let picture = [2, 4, 5, 5]

    private static func branches(_ net: inout Net) throws -> (ValueID, ValueID) {
        let x = try net.input(picture)
        return (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 5, kernel: [3, 3], ["pads": .ints([1, 1, 1, 1])]))
    }

    static let writeConcatInPlace: [PassCase] = [
        // Conv -> a -+               Conv -> y[0..<3]
        //            Concat -> y =>
        // Conv -> b -+               Conv -> y[3..<8]
        PassCase("two convolutions", WriteConcatInPlace.self, "Conv Conv Concat", becomes: "Conv Conv Concat*") { net in
            let (a, b) = try branches(&net)
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        PassCase("an axis from behind", WriteConcatInPlace.self, "Conv Conv Concat", becomes: "Conv Conv Concat*") {
            net in
            let (a, b) = try branches(&net)
            net.output(try net.node("Concat", [a, b], ["axis": .int(-3)]))
        },
        PassCase("open rows and columns", WriteConcatInPlace.self, "Conv Conv Concat", becomes: "Conv Conv Concat*") {
            net in
            let x = try net.open(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 5))
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        PassCase(
            "a Concat of a Concat", WriteConcatInPlace.self, "Conv Conv Concat MaxPool Concat",
            becomes: "Conv Conv Concat* MaxPool Concat*"
        ) { net in
            let (a, b) = try branches(&net)
            let inner = try net.node("Concat", [a, b], ["axis": .int(1)])
            let pool = try net.node("MaxPool", [a], ["kernel_shape": .ints([1, 1])])
            net.output(try net.node("Concat", [pool, inner], ["axis": .int(1)]))
        },
        // A value can lie in one place only: the first Concat has it.
        PassCase(
            "a value in two Concats", WriteConcatInPlace.self, "Conv Conv Concat Concat",
            becomes: "Conv Conv Concat* Concat"
        ) { net in
            let (a, b) = try branches(&net)
            net.output(
                try net.node("Concat", [a, b], ["axis": .int(1)]), try net.node("Concat", [b, a], ["axis": .int(1)]))
        },
        PassCase("rows", WriteConcatInPlace.self, stays: "Conv Conv Concat") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Concat", [a, b], ["axis": .int(2)]))
        },
        PassCase("columns, from behind", WriteConcatInPlace.self, stays: "Conv Conv Concat") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Concat", [a, b], ["axis": .int(-1)]))
        },
        PassCase("images", WriteConcatInPlace.self, stays: "Conv Conv Concat") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Concat", [a, b], ["axis": .int(0)]))
        },
        PassCase("an operand twice", WriteConcatInPlace.self, stays: "Conv Conv Concat") { net in
            let (a, b) = try branches(&net)
            net.output(try net.node("Concat", [a, b, a], ["axis": .int(1)]))
        },
        PassCase("one operand", WriteConcatInPlace.self, stays: "Conv Conv Concat Add") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3))
            net.output(try net.node("Add", [try net.node("Concat", [a], ["axis": .int(1)]), b]))
        },
        PassCase("an input", WriteConcatInPlace.self, stays: "Conv Concat") { net in
            let x = try net.input(picture)
            net.output(try net.node("Concat", [x, try net.conv(x, 4, to: 3)], ["axis": .int(1)]))
        },
        PassCase("a constant", WriteConcatInPlace.self, stays: "Conv Concat") { net in
            let x = try net.input([2, 4, 5, 5], isFixed: true)
            net.output(
                try net.node("Concat", [try net.conv(x, 4, to: 3), try net.weights([2, 2, 5, 5])], ["axis": .int(1)]))
        },
        PassCase("matrices", WriteConcatInPlace.self, stays: "MatMul MatMul Concat") { net in
            let x = try net.input([3, 4])
            let a = try net.node("MatMul", [x, try net.weights([4, 2])])
            let b = try net.node("MatMul", [x, try net.weights([4, 3])])
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        PassCase("integers", WriteConcatInPlace.self, stays: "Cast Cast Concat") { net in
            let x = try net.input(picture)
            let (a, b) = (try net.node("Cast", [x], ["to": .int(6)]), try net.node("Cast", [x], ["to": .int(6)]))
            net.output(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
    ]
}
