import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static func transposed(_ net: inout Net, groups: Int = 1, bias: Bool = false) throws -> ValueID {
        let x = try net.input([2, 4, 3, 3])
        let operands = [x, try net.weights([4, 6 / groups, 2, 2])] + (bias ? [try net.weights([6])] : [])
        return try net.node(
            "ConvTranspose", operands, ["strides": .ints([2, 2]), "group": .int(groups)])
    }

    static let foldAffineIntoConvTranspose: [PassCase] = [
        // x -> ConvTranspose -> Add(c) -> y  =>  x -> ConvTranspose with bias -> y
        PassCase(
            "Add of one value a channel", FoldAffineIntoConvTranspose.self, "ConvTranspose Add",
            becomes: "ConvTranspose"
        ) {
            net in
            net.output(try net.node("Add", [try transposed(&net), try net.weights([1, 6, 1, 1])]))
        },
        PassCase(
            "Mul, groups and a bias", FoldAffineIntoConvTranspose.self, "ConvTranspose Mul", becomes: "ConvTranspose"
        ) {
            net in
            net.output(try net.node("Mul", [try net.weights([6, 1, 1]), try transposed(&net, groups: 2, bias: true)]))
        },
        PassCase(
            "a batch normalisation", FoldAffineIntoConvTranspose.self, "ConvTranspose BatchNormalization",
            becomes: "ConvTranspose"
        ) { net in
            net.output(try net.batchNorm(try transposed(&net, groups: 2), 6))
        },
        PassCase("a value a column", FoldAffineIntoConvTranspose.self, stays: "ConvTranspose Add") { net in
            net.output(try net.node("Add", [try transposed(&net), try net.weights([6])]))
        },
        PassCase("an infinite factor", FoldAffineIntoConvTranspose.self, stays: "ConvTranspose Mul") { net in
            net.output(try net.node("Mul", [try transposed(&net), try net.scalar(.infinity)]))
        },
        PassCase("weights that are an input", FoldAffineIntoConvTranspose.self, stays: "ConvTranspose Add") { net in
            let x = try net.input([2, 4, 3, 3])
            let sums = try net.node("ConvTranspose", [x, try net.input([4, 6, 2, 2], isFixed: true)])
            net.output(try net.node("Add", [sums, try net.weights([6, 1, 1])]))
        },
        PassCase("two readers", FoldAffineIntoConvTranspose.self, stays: "ConvTranspose Add Sub") { net in
            let sums = try transposed(&net)
            net.output(try net.node("Sub", [try net.node("Add", [sums, try net.weights([6, 1, 1])]), sums]))
        },
    ]
}
