import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// A graph with the types of all values for one picture, and what its nodes cost.
struct Measured {
    let graph: Graph
    let types: InferredTypes
    let rows: [LedgerRow]

    init(_ graph: Graph) throws {
        self.graph = graph
        types = try graph.inferTypes(try graph.declaredTypes(batch: 1))
        rows = graph.ledger(types)
    }

    /// MACs of the nodes whose names start so.
    func macCount(_ prefix: String = "") -> Int {
        rows.filter { $0.name.hasPrefix(prefix) }.reduce(0) { $0 + $1.macCount }
    }

    /// Weights and biases of these nodes.
    func parameterCount(_ prefix: String = "") -> Int {
        rows.filter { $0.name.hasPrefix(prefix) }.reduce(0) { $0 + $1.parameterCount }
    }

    /// The weights alone, told from the biases by their rank.
    func weightCount(_ prefix: String = "") -> Int {
        graph.constants.filter { graph.name(of: $0.key).hasPrefix(prefix) && $0.value.shape.rank > 1 }
            .reduce(0) { $0 + $1.value.shape.elementCount }
    }

    /// The shape of the first output of a node.
    func shape(_ name: String) -> Shape? { rows.first { $0.name == name }?.outputTypes.first?.shape }
}

extension Graph {
    /// The values of all nodes for one picture, computed node by node.
    func evaluate(_ picture: Tensor) throws -> InferredTypes {
        // Other tests set the process's number of threads, on which OpenBLAS's sums depend.
        BLASLibrary.setThreadsPerCall(1)
        return try inferTypes(
            [inputs[0].value: TensorType(picture.elementType, picture.shape)], values: [inputs[0].value: picture],
            largestValue: .max, evaluator: Evaluator(KernelOptions(gemm: GemmChoice.auto.provider())))
    }

    /// The first output's value for one picture.
    func output(_ picture: Tensor) throws -> [Float] {
        guard let value = try evaluate(picture).value(outputs[0]) else {
            throw DeeperError(.internalFault, "the output was not computed")
        }
        return try value.elements(as: Float.self)
    }

    var constantNames: Set<String> { Set(constants.keys.map { name(of: $0) }) }
}

extension Graph {
    /// The shape that a node's output has for pictures of other extents than declared.
    func shape(of name: String, forPictures shape: Shape) throws -> Shape? {
        var part = self
        guard let last = nodes.firstIndex(where: { $0.name == name }) else { return nil }
        part.nodes.removeSubrange((last + 1)...)
        let types = try part.inferTypes([inputs[0].value: TensorType(.float32, shape)])
        return types.knownType(nodes[last].outputs[0])?.shape
    }
}
