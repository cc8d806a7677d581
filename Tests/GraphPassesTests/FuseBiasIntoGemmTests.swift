import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    /// x [3, 4] times w [4, 3].
    private static func product(_ net: inout Net) throws -> ValueID {
        try net.node("MatMul", [try net.input([3, 4]), try net.weights([4, 3])])
    }

    static let fuseBiasIntoGemm: [PassCase] = [
        // x -> MatMul(w) -> Add(b) -> y  =>  x -> Gemm(w, b) -> y
        PassCase("a row", FuseBiasIntoGemm.self, "MatMul Add", becomes: "Gemm") { net in
            net.output(try net.node("Add", [try product(&net), try net.weights([3])]))
        },
        PassCase("a row of rank 2, from the left", FuseBiasIntoGemm.self, "MatMul Add", becomes: "Gemm") { net in
            net.output(try net.node("Add", [try net.weights([1, 3]), try product(&net)]))
        },
        PassCase("a number", FuseBiasIntoGemm.self, "MatMul Add", becomes: "Gemm") { net in
            net.output(try net.node("Add", [try product(&net), try net.scalar(2)]))
        },
        PassCase("a column", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([3, 4], isFixed: true), try net.weights([4, 3])])
            net.output(try net.node("Add", [product, try net.weights([3, 1])]))
        },
        // With axis 0 an old Add lines up its operand with the rows, here as many as columns.
        PassCase("a column, in the form of opset 6", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([3, 4], isFixed: true), try net.weights([4, 3])])
            let old: [String: AttributeValue] = ["broadcast": .int(1), "axis": .int(0)]
            net.output(try net.node("Add", [product, try net.weights([3])], old, opset: 6))
        },
        PassCase("a matrix", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([3, 4], isFixed: true), try net.weights([4, 3])])
            net.output(try net.node("Add", [product, try net.weights([3, 3])]))
        },
        PassCase("a bias of more axes", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            net.output(try net.node("Add", [try product(&net), try net.weights([1, 1, 3])]))
        },
        // One column, three numbers: the sum is wider than the product.
        PassCase("a bias that widens", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([3, 4]), try net.weights([4, 1])])
            net.output(try net.node("Add", [product, try net.weights([3])]))
        },
        PassCase("a stack of matrices", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([2, 3, 4]), try net.weights([4, 3])])
            net.output(try net.node("Add", [product, try net.weights([3])]))
        },
        PassCase("a bias that is an input", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            net.output(try net.node("Add", [try product(&net), try net.input([3], isFixed: true)]))
        },
        PassCase("weights that are an input", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            let product = try net.node("MatMul", [try net.input([3, 4]), try net.input([4, 3], isFixed: true)])
            net.output(try net.node("Add", [product, try net.weights([3])]))
        },
        PassCase("two readers", FuseBiasIntoGemm.self, stays: "MatMul Add Mul") { net in
            let product = try product(&net)
            net.output(try net.node("Mul", [try net.node("Add", [product, try net.weights([3])]), product]))
        },
        PassCase("an output", FuseBiasIntoGemm.self, stays: "MatMul Add") { net in
            let product = try product(&net)
            net.output(product, try net.node("Add", [product, try net.weights([3])]))
        },
        PassCase("a difference", FuseBiasIntoGemm.self, stays: "MatMul Sub") { net in
            net.output(try net.node("Sub", [try product(&net), try net.weights([3])]))
        },
    ]
}
