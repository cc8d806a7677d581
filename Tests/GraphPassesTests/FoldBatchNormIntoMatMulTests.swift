import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static func product(_ net: inout Net, columns: Int = 5) throws -> ValueID {
        try net.node("MatMul", [try net.input([2, 3, 4]), try net.weights([4, columns])])
    }

    private static func flat(_ net: inout Net, _ x: ValueID, axis: Int = 2) throws -> ValueID {
        try net.node("Flatten", [x], ["axis": .int(axis)])
    }

    static let foldBatchNormIntoMatMul: [PassCase] = [
        // x -> MatMul -> Flatten -> BatchNormalization -> y  =>  x -> MatMul with bias -> Flatten -> y
        PassCase(
            "rows of several matrices", FoldBatchNormIntoMatMul.self, "MatMul Flatten BatchNormalization",
            becomes: "MatMul Flatten"
        ) { net in
            net.output(try net.batchNorm(try flat(&net, try product(&net)), 5))
        },
        PassCase(
            "a Reshape", FoldBatchNormIntoMatMul.self, "MatMul Reshape BatchNormalization", becomes: "MatMul Reshape"
        ) { net in
            let rows = try net.node("Reshape", [try product(&net), try net.integers(-1, 5)])
            net.output(try net.batchNorm(rows, 5))
        },
        PassCase(
            "other rows than the product's", FoldBatchNormIntoMatMul.self, stays: "MatMul Reshape BatchNormalization"
        ) { net in
            let rows = try net.node("Reshape", [try product(&net, columns: 6), try net.integers(-1, 3)])
            net.output(try net.batchNorm(rows, 3))
        },
        PassCase(
            "images, not rows", FoldBatchNormIntoMatMul.self, stays: "MatMul Flatten BatchNormalization"
        ) { net in
            net.output(try net.batchNorm(try flat(&net, try product(&net), axis: 1), 15))
        },
        PassCase(
            "two readers", FoldBatchNormIntoMatMul.self, stays: "MatMul Flatten BatchNormalization Relu"
        ) { net in
            let product = try product(&net)
            net.output(try net.batchNorm(try flat(&net, product), 5), try net.node("Relu", [product]))
        },
        PassCase(
            "weights that are an input", FoldBatchNormIntoMatMul.self, stays: "MatMul Flatten BatchNormalization"
        ) { net in
            let product = try net.node("MatMul", [try net.input([2, 3, 4]), try net.input([4, 5], isFixed: true)])
            net.output(try net.batchNorm(try flat(&net, product), 5))
        },
    ]
}
