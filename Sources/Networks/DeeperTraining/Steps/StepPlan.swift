import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperPasses
import DeeperTensors

/// The plan of one training step up to the gradients, and the data that belongs to it.
struct StepPlan {
    let plan: Plan
    let parameters: ParameterTable
    /// The graph that the plan was made from.
    let graph: Graph
    let headNames: [String]
    let classCount: Int
    let pictureShape: Shape
    /// The number of floats in the memory that losses and hits are written to: two per picture for every head.
    let metricCount: Int

    init(_ source: Graph, _ options: TrainingOptions) throws {
        let kernels = try StepPlan.kernelOptions(options)
        var driver = PassDriver(passes: PassPipeline.trainingPlanPasses, evaluator: Evaluator(kernels))
        let graph = try driver.run(source).graph
        let open = graph.inputs.filter { graph.constants[$0.value] == nil }
        guard open.count == 1, let input = open.first else {
            throw DeeperError(.unsupported, "a network with \(open.count) inputs; training takes one, the pictures")
        }
        guard options.batch > 0 else {
            throw DeeperError(.invalidInput, "a batch of \(options.batch), expected at least 1")
        }
        if case .fixed? = input.type.dimensions?.first {
            throw DeeperError(.unsupported, "the network takes \(input.type); training takes one that leaves N open")
        }
        let types = try graph.plausibleTypes(batch: options.batch, evaluator: Evaluator(kernels))
        guard let type = types[input.value], type.shape.rank == 4, type.elementType == .float32,
            type.shape[0] == options.batch
        else {
            throw DeeperError(
                .unsupported, "the network takes \(input.type); training takes float32[N, C, H, W] with N left open")
        }
        let inferred = try graph.inferTypes(types, evaluator: Evaluator(kernels))
        try StepPlan.check(graph, inferred, memoryLimitBytes: options.memoryLimitBytes)
        var draft = PlanDraft()
        let pictures = draft.input("pictures", TensorDescriptor(type, .channelsLast))
        let labels = draft.input("labels", TensorDescriptor(TensorType(.int32, [options.batch])))
        let step = draft.input("step", TensorDescriptor(TensorType(.int64, [1])))
        var tape = Tape(
            graph, inferred, draft,
            settings: .init(
                seed: options.seed, momentsMomentum: options.momentsMomentum, isTrained: options.isTrained,
                dropsOut: options.dropsOut, step: step),
            options: kernels)
        try tape.record(inputs: [input.value: pictures])
        var classes: Int?
        for (index, output) in graph.outputs.enumerated() {
            try locating("output \"\(graph.name(of: output))\"") {
                guard let logits = tape.value(output), logits.shape.rank == 2, tape.needsGradient(output),
                    logits.shape[0] == options.batch
                else {
                    throw DeeperError(
                        .unsupported,
                        "it is not a matrix of \(options.batch) images x classes that depends on a trained weight")
                }
                guard classes == nil || classes == logits.shape[1] else {
                    throw DeeperError(
                        .unsupported, "\(logits.shape[1]) classes here and \(classes ?? 0) in another output")
                }
                classes = logits.shape[1]
                let loss = SoftmaxLossKernel(
                    rows: options.batch, classes: logits.shape[1],
                    weight: index < options.lossWeights.count ? options.lossWeights[index] : 1,
                    smoothing: options.labelSmoothing)
                let gradient = try tape.target(for: output)
                guard !gradient.adds else { throw DeeperError(.unsupported, "it is an output twice") }
                let metrics = try tape.draft.state(
                    Tape.State.metrics, offset: index * 2 * options.batch, count: 2 * options.batch)
                tape.draft.add(
                    loss, named: graph.name(of: output), "loss", reads: [logits, labels],
                    writes: [gradient.place, metrics])
            }
        }
        try tape.recordBackward()
        self.plan = try tape.draft.finish(memoryLimitBytes: options.memoryLimitBytes)
        self.parameters = tape.parameters
        self.graph = graph
        self.headNames = graph.outputs.map { graph.name(of: $0) }
        self.classCount = classes ?? 0
        self.pictureShape = try Shape(validating: Array(type.shape.dimensions[1...]))
        self.metricCount = 2 * options.batch * graph.outputs.count
    }

    /// Refuses values that exceed the memory limit, before anything is computed with their sizes.
    private static func check(_ graph: Graph, _ types: InferredTypes, memoryLimitBytes: Int) throws {
        let inputs = graph.inputs.map { ("the input", $0.value) }
        let results = graph.nodes.flatMap { node in node.outputs.compactMap { $0.map { (node.label, $0) } } }
        for (place, value) in inputs + results {
            guard let type = types.knownType(value), type.byteCount > memoryLimitBytes else { continue }
            throw DeeperError(.limitExceeded, "\(type) takes \(type.byteCount) bytes, the limit is \(memoryLimitBytes)")
                .within(place)
        }
    }

    static func kernelOptions(_ options: TrainingOptions) throws -> KernelOptions {
        var kernels = try KernelOptions(
            gemm: OpenBLASGemm(), packsFilters: true, algorithm: .direct, instructionSet: options.instructionSet)
        kernels.workers = options.threads
        return kernels
    }
}
