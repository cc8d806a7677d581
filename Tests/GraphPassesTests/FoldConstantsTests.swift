import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    static let foldConstants: [PassCase] = [
        PassCase("what nobody reads", FoldConstants.self, stays: "Abs Relu") { net in
            _ = try net.node("Abs", [try net.weights([3])])
            net.output(try net.node("Relu", [try net.input([2, 3])]))
        },
        // w -> Neg -+              -w -+
        //           Mul -> y  =>       Mul -> y
        //       x --+               x -+
        PassCase("a node on a constant", FoldConstants.self, "Neg Mul", becomes: "Mul") { net in
            let x = try net.input([2, 3])
            net.output(try net.node("Mul", [x, try net.node("Neg", [try net.weights([3])])]))
        },
        // w -> Neg -> Exp -> Mul(x) -> y  =>  e^-w -> Mul(x) -> y
        PassCase("a chain, in one sweep", FoldConstants.self, "Neg Exp Mul", becomes: "Mul") { net in
            let x = try net.input([2, 3])
            let exp = try net.node("Exp", [try net.node("Neg", [try net.weights([3])])])
            net.output(try net.node("Mul", [x, exp]))
        },
        // Constant -> Add(x) -> y  =>  c -> Add(x) -> y
        PassCase("a Constant node", FoldConstants.self, "Constant Add", becomes: "Add") { net in
            let x = try net.input([2, 3])
            net.output(try net.node("Add", [x, try net.node("Constant", [], ["value_float": .float(0.5)])]))
        },
        // w -> Neg -> y  =>  -w = y
        PassCase("a constant output", FoldConstants.self, "Relu Neg", becomes: "Relu") { net in
            let relu = try net.node("Relu", [try net.input([2, 3])])
            net.output(relu, try net.node("Neg", [try net.weights([3])]))
        },
        // w -> Split -> a, b; x -> Add(a), Mul(b)  =>  x -> Add(a'), Mul(b')
        PassCase("several outputs, an optional input left out", FoldConstants.self, "Split Add Mul", becomes: "Add Mul")
        {
            net in
            let x = try net.input([2, 2])
            let parts = try net.nodes("Split", [try net.weights([4]), nil], outputCount: 2)
            net.output(try net.node("Mul", [try net.node("Add", [x, parts[0]]), parts[1]]))
        },
        // The branch is not taken by the inputs that fit the network.
        PassCase("what cannot be computed, in a branch", FoldConstants.self, stays: "Reshape Add If") { net in
            let x = try net.input([2, 3])
            let wrong = try net.node("Reshape", [try net.weights([3]), try net.integers(2, 2)])
            net.output(try net.choice(x, try net.node("Add", [x, wrong])))
        },
        PassCase("only some inputs are constant", FoldConstants.self, stays: "Mul") { net in
            net.output(try net.node("Mul", [try net.input([2, 3]), try net.weights([3])]))
        },
        // The batch is open, so the shape is not known before the first run.
        PassCase("the shape of an input", FoldConstants.self, stays: "Shape") { net in
            net.output(try net.node("Shape", [try net.input([2, 3])]))
        },
        // 2^30 floats would take more memory than computing them takes time.
        PassCase("a huge result", FoldConstants.self, stays: "ConstantOfShape", runs: false) { net in
            net.output(try net.node("ConstantOfShape", [try net.integers(1 << 15, 1 << 15)]))
        },
    ]
}
