public import DeeperGraphs
public import DeeperTensors

/// The source of the weights of a built-in network.
///
/// Every weight has a name: `<layer>_w` and `<layer>_b` with the layer's name in Caffe, such as `inception_3a/5x5_w`.
public enum WeightSource: Sendable {
    /// Zeros. Large tensors occupy no memory until they are read: for summaries and ledgers.
    case zeros
    /// Random weights, which are the same for the same seed on every machine; biases are zero.
    ///
    /// The distribution is uniform. Before a ReLU it has He's variance 2 / fan-in, so that activations keep their
    /// magnitude through the layers (arXiv 1502.01852). Before a softmax it has variance 1 / (1024 fan-in), so that
    /// pictures of -128...127, as in Caffe, give logits of a few units and no class dominates. A tensor depends only on
    /// the seed, its name and its shape: networks that share a layer share its weights.
    case seeded(UInt64)
    /// A function that is called for each weight with its name and the shape that the network needs. It must return
    /// float32 of that shape.
    case named(@Sendable (_ name: String, _ shape: Shape) throws -> Tensor)

    /// The constants of another graph by their names, such as those of an imported model.
    ///
    /// Building throws `invalidInput` for a name that the graph does not have.
    public static func constants(of graph: Graph) -> WeightSource {
        let named = graph.constants.map { (graph.name(of: $0.key), $0.value) }
        let tensors = Dictionary(named, uniquingKeysWith: { first, _ in first })
        return .named { [graphName = graph.name] name, _ in
            guard let tensor = tensors[name] else {
                throw DeeperError(.invalidInput, "the graph \"\(graphName)\" has no such constant")
            }
            return tensor
        }
    }

    /// One weight whose initial value is a constant instead of random.
    ///
    /// - Throws: as ``tensor(named:shape:variance:)``.
    func tensor(named name: String, shape: Shape, filledWith value: Float) throws -> Tensor {
        if case .named = self { return try tensor(named: name, shape: shape, variance: 0) }
        return try Tensor([Float](repeating: value, count: shape.elementCount), shape: shape)
    }

    /// One weight.
    ///
    /// - Parameter variance: the variance of random values around zero.
    /// - Throws: `invalidInput` for a tensor of another type or shape; the error of the source.
    func tensor(named name: String, shape: Shape, variance: Double) throws -> Tensor {
        try locating("weight \"\(name)\"") {
            switch self {
            case .zeros: return try Tensor(.float32, shape: shape)
            case .seeded(let seed):
                return try uniformTensor(shape, variance: variance, seed: seed ^ stableHash(of: name))
            case .named(let find):
                let tensor = try find(name, shape)
                let found = TensorType(tensor.elementType, tensor.shape)
                let expected = TensorType(.float32, shape)
                guard found == expected else {
                    throw DeeperError(.invalidInput, "the source gives \(found), the network needs \(expected)")
                }
                return tensor
            }
        }
    }
}
