import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import Testing

extension Net {
    /// The outputs of this net's inputs by a graph as it is, or optimised.
    func run(
        _ graph: Graph, optimizes: Bool = false, threads: Int = 1, instructionSet: InstructionSet = .best
    ) throws -> [Tensor] {
        let options = EngineOptions(
            threads: threads, instructionSet: instructionSet, optimizesGraph: optimizes, setsBLASThreads: true)
        let model = Model(graph: graph)
        let results = try Engine(model, options: options).runBlocking(
            inputs.filter { model.inputs.map(\.name).contains($0.key) })
        return try model.outputNames.map { try #require(results[$0]) }
    }

    /// The outputs, computed node by node: each value lies by itself, nothing is fused or written in place.
    func runNodeByNode() throws -> [Tensor] {
        var types: [ValueID: TensorType] = [:]
        var values: [ValueID: Tensor] = [:]
        for input in graph.inputs where graph.constants[input.value] == nil {
            let tensor = try #require(inputs[graph.name(of: input.value)])
            types[input.value] = TensorType(tensor.elementType, tensor.shape)
            values[input.value] = tensor
        }
        let options = try KernelOptions(gemm: ReferenceGemm(), instructionSet: .portable)
        let all = try graph.inferTypes(types, values: values, largestValue: .max, evaluator: Evaluator(options))
        return try graph.outputs.map { try #require(all.value($0)) }
    }
}

/// Checks that two runs agree within 1e-4 of the largest number of each output; infinities and NaN must be equal.
func expectClose(
    _ actual: [Tensor], _ expected: [Tensor], _ comment: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(actual.count == expected.count, "\(comment())", sourceLocation: sourceLocation)
    for (index, (a, b)) in zip(actual, expected).enumerated() {
        guard a.elementType == b.elementType, a.shape == b.shape else {
            Issue.record(
                "output \(index) is \(a.elementType)\(a.shape), expected \(b.elementType)\(b.shape) (\(comment()))",
                sourceLocation: sourceLocation)
            continue
        }
        let wanted = try b.doubles()
        let tolerance = 1e-4 * (wanted.filter(\.isFinite).map(abs).max() ?? 0)
        for (place, (x, y)) in try zip(a.doubles(), wanted).enumerated()
        where !(x == y || x.isNaN && y.isNaN || abs(x - y) <= tolerance) {
            Issue.record(
                "output \(index), element \(place) is \(x), expected \(y) within \(tolerance) (\(comment()))",
                sourceLocation: sourceLocation)
            break
        }
    }
}
