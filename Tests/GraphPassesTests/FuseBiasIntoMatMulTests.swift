import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static func product(_ net: inout Net) throws -> ValueID {
        try net.node("MatMul", [try net.input([2, 3, 4]), try net.weights([4, 5])])
    }

    static let fuseBiasIntoMatMul: [PassCase] = [
        // x -> MatMul -> Add(row) -> y  =>  x -> MatMul with bias -> y
        PassCase("a row", FuseBiasIntoMatMul.self, "MatMul Add", becomes: "MatMul") { net in
            net.output(try net.node("Add", [try product(&net), try net.weights([5])]))
        },
        PassCase("a number", FuseBiasIntoMatMul.self, "MatMul Add", becomes: "MatMul") { net in
            net.output(try net.node("Add", [try net.scalar(0.5), try product(&net)]))
        },
        PassCase("a row with an activation", FuseBiasIntoMatMul.self, "MatMul Add Relu", becomes: "MatMul Relu") {
            net in
            net.output(try net.node("Relu", [try net.node("Add", [try product(&net), try net.weights([5])])]))
        },
        PassCase("a matrix", FuseBiasIntoMatMul.self, stays: "MatMul Add") { net in
            net.output(try net.node("Add", [try product(&net), try net.weights([3, 5])]))
        },
        PassCase("a row that widens", FuseBiasIntoMatMul.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([2, 3, 4]), try net.weights([4, 1])])
            net.output(try net.node("Add", [product, try net.weights([5])]))
        },
        PassCase("weights that are an input", FuseBiasIntoMatMul.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([2, 3, 4]), try net.input([4, 5], isFixed: true)])
            net.output(try net.node("Add", [product, try net.weights([5])]))
        },
        PassCase("two readers", FuseBiasIntoMatMul.self, stays: "MatMul Add Mul") { net in
            let product = try product(&net)
            net.output(try net.node("Mul", [try net.node("Add", [product, try net.weights([5])]), product]))
        },
    ]
}
