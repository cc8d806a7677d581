internal import Deeper
internal import DeeperAlgebra
internal import DeeperGraphs
internal import DeeperTensors

/// Chooses the weights and biases of all products in the order of their depth, so that each compensates for the errors
/// of the products before it.
struct NetworkFit {
    let graph: Graph
    let scheme: QuantizationScheme
    let scales: [ValueID: ByteScale]
    let batches: [[String: Tensor]]
    let options: EngineOptions
    let fitsWeights: Bool
    let correctsBias: Bool
    /// The largest number of windows of a product that are used.
    private static let windowLimit = 24_576
    /// The largest number of bytes of moments that are collected in one pass over the inputs.
    private static let byteLimit = 512 << 20
    /// The largest number of terms for which covariances are computed; more would take more time and memory than they
    /// are worth.
    private static let mostTerms = 4_608

    /// The weights of each product, and the offsets that are added to its bias, by the index of its node.
    typealias Parameters = (weights: [Int: QuantizedWeights], offsets: [Int: [Double]])

    /// - Parameter start: the weights rounded to the nearest.
    func parameters(
        _ start: [Int: QuantizedWeights], progress: (String) throws -> Void
    ) throws -> Parameters {
        var result: Parameters = (start.filter { scheme.roles[$0.key] != nil }, [:])
        guard fitsWeights || correctsBias else { return result }
        let levels = self.levels
        var waiting = try scheme.products.map { ($0, try WeightMatrix(graph, graph.nodes[$0])) }
            .filter { $0.1.terms.count <= NetworkFit.mostTerms && !$0.1.terms.isEmpty }
            .sorted { (levels[$0.0], $0.0) < (levels[$1.0], $1.0) }[...]
        while let first = waiting.first {
            var (part, bytes) = ([(Int, WeightMatrix)](), 0)
            while let next = waiting.first, levels[next.0] == levels[first.0],
                part.isEmpty || bytes + WindowMoments.byteCount(next.1) <= NetworkFit.byteLimit
            {
                bytes += WindowMoments.byteCount(next.1)
                part.append(next)
                waiting.removeFirst()
            }
            try progress(part.map { graph.nodes[$0.0].name }.joined(separator: ", "))
            try fit(part, &result)
        }
        return result
    }

    private func fit(_ part: [(Int, WeightMatrix)], _ result: inout Parameters) throws {
        let inputs = part.compactMap { graph.nodes[$0.0].inputs[0] }
        let writer = try QDQWriter(graph, scheme, scales, result.weights, offsets: result.offsets)
        let originals = try Observer(graph, inputs, options)
        let quantized = try Observer(writer.graph, inputs.map { writer.reals[$0] ?? $0 }, options)
        var moments = try part.map { try WindowMoments(graph.nodes[$0.0], $0.1) }
        let limit = max(1, NetworkFit.windowLimit / batches.count)
        for batch in batches {
            let (own, original) = (try quantized.values(batch), try originals.values(batch))
            for place in part.indices { try moments[place].add(own[place], original[place], limit: limit) }
        }
        for (place, (index, matrix)) in part.enumerated() {
            let found = moments[place].moments
            if fitsWeights, moments[place].windowCount > 2 * matrix.terms.count, let plain = result.weights[index] {
                result.weights[index] = try LayerFit.quantized(matrix, found) { plain.least[$0] } ?? plain
            }
            // A MatMul has no bias.
            if correctsBias, graph.nodes[index].operatorName != "MatMul", let weights = result.weights[index] {
                result.offsets[index] = offset(matrix, weights, found)
            }
        }
    }

    /// The difference between the means of a product's results in the float32 network and in the quantised one.
    private func offset(_ matrix: WeightMatrix, _ weights: QuantizedWeights, _ moments: [InputMoments]) -> [Double] {
        let perGroup = matrix.columns.count / matrix.groups
        return matrix.columns.map { column in
            let moment = moments[column / perGroup]
            return matrix.terms.reduce(0.0) { sum, term in
                let stored = Double(weights.stored[matrix.place(column, term)]) * Double(weights.scales[column])
                return sum + Double(matrix[column, term]) * Double(moment.originalMean[term])
                    - stored * Double(moment.ownMean[term])
            }
        }
    }

    /// The number of quantised products on the longest path to each node, including the node itself.
    private var levels: [Int] {
        let producers = graph.producers()
        var levels = [Int](repeating: 0, count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            let before = node.inputs.compactMap { $0.flatMap { producers[$0.index] } }.map { levels[$0] }.max() ?? 0
            levels[index] = before + (scheme.roles[index]?.isProduct == true ? 1 : 0)
        }
        return levels
    }
}
