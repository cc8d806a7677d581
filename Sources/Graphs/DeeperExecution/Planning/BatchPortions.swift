internal import DeeperGraphs
internal import DeeperTensors

/// The limits and costs that decide whether and how a batch is cut into portions. The defaults suit usual server cores.
public struct PortionPolicy: Sendable {
    /// The size of one core's private cache in bytes: what a portion's widest step touches should fit into it, unless
    /// that of a single image does not.
    public var closeByteCount = 1 << 20
    /// The cost of running a step once more, as the number of bytes of values that could be moved in the same time.
    public var stepByteCount = 1 << 16
    /// The largest number of nodes that run once per portion.
    public var largestNodeCount = Int.max

    public init() {}
}

/// The first nodes of a graph, which process each image independently, and how many images they process at once.
///
/// For a batch of 16 images, a layer writes more than any cache can hold until the next layer reads it. Where weights
/// are small compared to values, the first nodes therefore run for a few images at a time and keep only what later
/// nodes read. The later nodes compute the whole batch at once, because otherwise they would read their large weights
/// again for every portion.
struct BatchPortions {
    let count: Int
    /// How many of the graph's nodes run once per portion.
    let nodeCount: Int
    /// The types of the graph's values for a batch of one portion.
    let types: InferredTypes

    /// How many bytes of weights cost as much as one byte of values: weights are only read, and prefetched; values are
    /// written and read again.
    private static let weightBytesAsDear = 16

    /// Returns nil where the batch is best computed at once, or its images depend on each other.
    init?(
        _ graph: Graph, _ inputs: [ValueID: TensorType], whole: InferredTypes, needed: [Bool], workers: Int,
        policy: PortionPolicy,
        inferring infer: ([ValueID: TensorType]) throws -> InferredTypes
    ) {
        let extents = Set(inputs.values.map { $0.shape.dimensions.first ?? 0 })
        guard extents.count == 1, let images = extents.first, images > 1 else { return nil }
        let traffic = graph.nodes.indices.map { Traffic(graph, $0, whole, isNeeded: needed[$0]) }
        let widest = traffic.lazy.map(\.values).max() ?? 0
        let most = min(images / max(1, workers), policy.closeByteCount * images / max(1, widest))
        let portion = (1...max(1, most)).last { images.isMultiple(of: $0) } ?? 1
        guard portion < images,
            let types = try? infer(
                inputs.mapValues { type in
                    TensorType(
                        type.elementType, try Shape(validating: [portion] + type.shape.dimensions.dropFirst()))
                })
        else { return nil }
        let comparison = Comparison(graph: graph, whole: whole, part: types, images: images, portion: portion)
        let alone = graph.nodes.indices.prefix(policy.largestNodeCount).prefix {
            !needed[$0] || comparison.nodeComputesEntriesAlone($0)
        }.count
        // The cost of stopping after each number of nodes.
        var nodeCount = 0
        var (cost, least) = (0, 0)
        for (index, node) in traffic.prefix(alone).enumerated() {
            let once = node.weights / BatchPortions.weightBytesAsDear + (needed[index] ? policy.stepByteCount : 0)
            cost += once * (images / portion - 1)
            cost -= node.values <= policy.closeByteCount ? 0 : node.values
            // Of two cut points with the same cost, take the later one: after a global pooling, for example, less must
            // be kept.
            if cost < 0, cost <= least { (least, nodeCount) = (cost, index + 1) }
        }
        guard nodeCount > 0 else { return nil }
        (self.count, self.nodeCount, self.types) = (images / portion, nodeCount, types)
    }
}

/// The bytes that a node touches: values of the whole batch, and weights, which are the same for every batch.
private struct Traffic {
    var values = 0
    var weights = 0

    init(_ graph: Graph, _ index: Int, _ types: InferredTypes, isNeeded: Bool) {
        guard isNeeded else { return }
        for case let input? in graph.nodes[index].inputs {
            let bytes = types.knownType(input)?.byteCount ?? 0
            if types.value(input) == nil { values += bytes } else { weights += bytes }
        }
        values += types.nodeTypes[index].reduce(0) { $0 + $1.byteCount }
    }
}

/// Compares the inferred types of the whole batch with those of one portion, to find nodes that can run per portion.
private struct Comparison {
    let graph: Graph
    let whole: InferredTypes
    let part: InferredTypes
    let images: Int
    let portion: Int

    func nodeComputesEntriesAlone(_ index: Int) -> Bool {
        let node = graph.nodes[index]
        guard node.inputs.contains(where: { $0 != nil && whole.value($0) == nil }) else { return false }
        for (position, input) in node.inputs.enumerated() {
            guard let input, graph.constants[input] == nil else { continue }
            switch (whole.value(input), part.value(input)) {
            case (nil, nil): guard differsInImages(whole.knownType(input), part.knownType(input)) else { return false }
            case (let one?, let other?):
                // A shape may depend on the batch; its effect shows in the output types.
                guard node.operation.shapeInputs.contains(position) || (try? one.isIdentical(to: other)) == true
                else { return false }
            default: return false
            }
        }
        return zip(whole.nodeTypes[index], part.nodeTypes[index]).allSatisfy { differsInImages($0, $1) }
            && node.operation.computesEntriesAlone(whole.inputs(of: node))
    }

    private func differsInImages(_ one: TensorType?, _ other: TensorType?) -> Bool {
        guard let one, let other else { return false }
        return one.elementType == other.elementType && one.shape.dimensions.first == images
            && other.shape.dimensions.first == portion
            && one.shape.dimensions.dropFirst() == other.shape.dimensions.dropFirst()
    }
}
