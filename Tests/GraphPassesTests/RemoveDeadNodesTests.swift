import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    static let removeDeadNodes: [PassCase] = [
        // x -+-> Relu -> y           x -> Relu -> y
        //    +-> Neg         =>
        PassCase("a node that nobody reads", RemoveDeadNodes.self, "Relu Neg", becomes: "Relu") { net in
            let x = try net.input([2, 3])
            net.output(try net.node("Relu", [x]))
            _ = try net.node("Neg", [x])
        },
        // x -+-> Neg -> Exp -> Abs        x -> Relu -> y
        //    +-> Relu -> y           =>
        PassCase("a chain, from its end", RemoveDeadNodes.self, "Neg Exp Abs Relu", becomes: "Relu") { net in
            let x = try net.input([2, 3])
            _ = try net.node("Abs", [try net.node("Exp", [try net.node("Neg", [x])])])
            net.output(try net.node("Relu", [x]))
        },
        PassCase("all are read", RemoveDeadNodes.self, stays: "Neg Exp") { net in
            net.output(try net.node("Exp", [try net.node("Neg", [try net.input([2, 3])])]))
        },
        PassCase("read by an output alone", RemoveDeadNodes.self, stays: "Neg Exp") { net in
            let neg = try net.node("Neg", [try net.input([2, 3])])
            net.output(neg, try net.node("Exp", [neg]))
        },
        PassCase("its second output is read", RemoveDeadNodes.self, stays: "Split Relu") { net in
            let parts = try net.nodes("Split", [try net.input([2, 4])], ["axis": .int(1)], outputCount: 2)
            net.output(try net.node("Relu", [parts[1]]))
        },
    ]
}
