internal import DeeperExecution
public import DeeperGraphs
internal import DeeperKernels
public import DeeperTensors

/// A trainer for a network, which works step by step: forward pass, losses, gradients, optimizer.
///
/// Steps run one at a time, on the calling thread and `threads - 1` others. The bits of a step's result depend on
/// weights, pictures, labels and the options' seed, not on the number of threads.
public final class Trainer {
    /// The result of one step.
    public struct StepResult: Sendable {
        /// The mean loss over the pictures for each output, in the outputs' order.
        public var losses: [Float]
        /// The number of pictures whose label had the largest logit, for each output.
        public var hits: [Int]
        /// The Euclidean norm of the gradient before it was shortened; nil unless the options limit it.
        public var gradientNorm: Double?
        /// The weighted sum of the losses.
        public var total: Float
    }

    /// The options that the trainer was made with.
    public let options: TrainingOptions
    /// Every weight and its position in memory.
    public var parameters: ParameterTable { step.parameters }
    /// The names of the network's outputs.
    public var headNames: [String] { step.headNames }
    /// The number of classes of every output.
    public var classCount: Int { step.classCount }
    /// C, H, W of the pictures.
    public var pictureShape: Shape { step.pictureShape }
    /// The number of finished steps. It determines the masks of dropout and Adam's correction.
    public var stepCount = 0
    /// The weights, in training's order.
    public let weights: FloatMemory
    /// The gradients of the last step, in the order of ``weights``.
    public let gradients: FloatMemory
    /// The optimizer's numbers for each weight, such as its velocity.
    public let moments: FloatMemory
    /// The exponential average of the weights; nil unless the options ask for one.
    public let average: FloatMemory?
    /// Called with all gradients of a step before they are used. If several machines train one network, this is the
    /// place to replace the gradients by their mean, with one all-reduce over the flat memory.
    public var reduceGradients: ((FloatMemory) throws -> Void)?
    /// The number of bytes of a step's activations and gradients.
    public var activationByteCount: Int { step.plan.memoryByteCount(workers: options.threads) }
    /// The number of bytes that training reserves: activations, weights, gradients, moments and averages.
    public var byteCount: Int {
        activationByteCount + weights.byteCount * (average == nil ? 2 : 3) + moments.byteCount
    }
    /// The number of multiply-accumulates of a step.
    public var macCount: Int { step.plan.macCount }

    private let step: StepPlan
    private let update: Plan
    private let norm: Plan
    private let metrics: FloatMemory
    private let squares: FloatMemory
    private let lane: Lane

    /// Prepares the training of a graph with its constants as initial weights.
    ///
    /// - Throws: `unsupported` for operators that cannot be trained, with the node as breadcrumb; `limitExceeded` if a
    ///   step needs more memory than allowed.
    public init(_ graph: Graph, options: TrainingOptions) throws {
        guard options.threads > 0 else {
            throw DeeperError(.invalidInput, "\(options.threads) threads, expected at least 1")
        }
        self.options = options
        let step = try StepPlan(graph, options)
        self.step = step
        let count = step.parameters.count
        weights = try FloatMemory(count: count)
        gradients = try FloatMemory(count: count)
        moments = try FloatMemory(count: count * options.rule.stateCount)
        average = options.averageShare > 0 ? try FloatMemory(count: count) : nil
        metrics = try FloatMemory(count: step.metricCount)
        lane = Lane(threads: options.threads, contexts: 3)
        let kernels = try StepPlan.kernelOptions(options)
        let squareSum = SquareSumKernel(count: count, options: kernels)
        squares = try FloatMemory(count: 2 * squareSum.tileCount)

        var draft = PlanDraft()
        let spans = step.parameters.parameters.map { parameter in
            UpdateSpan(
                range: parameter.range,
                rateScale: !parameter.isTrained ? 0 : parameter.role == .bias ? options.biasRate : 1,
                decayScale: parameter.role == .weight ? 1 : 0)
        }
        let numbers = draft.input("numbers", TensorDescriptor(TensorType(.float32, [UpdateKernel.parameterCount])))
        let states = try (0..<4).map {
            try draft.state($0, count: $0 == 1 ? count * options.rule.stateCount : count)
        }
        draft.add(
            UpdateKernel(options.rule, spans: spans, count: count, options: kernels), named: "update", "update",
            reads: [], updates: states + [numbers])
        update = try draft.finish()
        draft = PlanDraft()
        draft.add(
            squareSum, named: "norm", "norm", reads: [try draft.state(0, count: count)],
            writes: [try draft.state(1, count: squares.count)])
        norm = try draft.finish()
        // From the simplified graph, because a weight may be the result of a node that was folded.
        let first = Dictionary(
            step.graph.constants.map { (step.graph.name(of: $0.key), $0.value) },
            uniquingKeysWith: { first, _ in first })
        try load { name in
            guard let tensor = first[name] else {
                throw DeeperError(.internalFault, "it has no first value").within("weight \"\(name)\"")
            }
            return try tensor.elements(as: Float.self)
        }
    }

    /// Runs one step.
    ///
    /// - Parameters:
    ///   - pictures: float32[N, H, W, C], where N is the options' batch.
    ///   - labels: int32[N]; a picture with a label below 0 is ignored.
    ///   - rate: the learning rate.
    /// - Throws: `invalidInput` for tensors of other types, or a label that is not a class; the errors of
    ///   `reduceGradients`.
    public func step(pictures: Tensor, labels: Tensor, rate: Float) throws -> StepResult {
        var result = try computeGradients(pictures: pictures, labels: labels)
        try reduceGradients?(gradients)
        result.gradientNorm = try applyGradients(rate: rate)
        return result
    }

    /// Runs the first half of a step, the forward and backward pass. Afterwards, the gradients are in ``gradients``.
    ///
    /// - Throws: `invalidInput` for tensors of other types, or a label that is not a class.
    public func computeGradients(pictures: Tensor, labels: Tensor) throws -> StepResult {
        let shape = step.pictureShape
        let expected = try Shape(validating: [options.batch, shape[1], shape[2], shape[0]])
        guard pictures.elementType == .float32, pictures.shape == expected else {
            throw DeeperError(
                .invalidInput, "pictures are \(pictures.elementType)\(pictures.shape), expected float32\(expected)")
        }
        guard labels.elementType == .int32, labels.shape.dimensions == [options.batch] else {
            throw DeeperError(
                .invalidInput, "labels are \(labels.elementType)\(labels.shape), expected int32[\(options.batch)]")
        }
        let number = try Tensor([Int64(stepCount)], shape: [1])
        var none: [Tensor] = []
        var times: [UInt64] = []
        try lane.run(
            step.plan, inputs: [pictures, try labels.inMemory(), number], outputs: &none,
            states: [weights, gradients, metrics], stop: {}, nanoseconds: &times)
        return self.result(try labels.elements(as: Int32.self))
    }

    /// Runs the second half of a step: shortens the gradients if the options limit their norm, and updates the weights.
    ///
    /// - Returns: the gradients' norm, if the options limit it.
    /// - Throws: `invalidInput` if that norm is not finite; the weights are then unchanged.
    public func applyGradients(rate: Float) throws -> Double? {
        var none: [Tensor] = []
        var times: [UInt64] = []
        var scale: Float = 1
        var length: Double?
        if options.largestGradientNorm > 0 {
            try lane.run(
                norm, inputs: [], outputs: &none, states: [gradients, squares], stop: {}, nanoseconds: &times)
            let sums = squares.withUnsafeMutableBytes { Array($0.bindMemory(to: Double.self)) }
            let found = sums.reduce(0, +).squareRoot()
            length = found
            guard found.isFinite else {
                throw DeeperError(.invalidInput, "the gradient's norm is \(found) at step \(stepCount)")
            }
            if found > Double(options.largestGradientNorm) {
                scale = Float(Double(options.largestGradientNorm) / found)
            }
        }
        // An average of few steps follows faster, because otherwise it would be dominated by the random start.
        let share =
            options.averageShare > 0 ? max(options.averageShare, 1 / Float(min(stepCount, 1 << 20) + 1)) : 0
        let numbers = try Tensor([rate, options.weightDecay, scale, share, Float(stepCount)], shape: [5])
        try lane.run(
            update, inputs: [numbers], outputs: &none, states: [weights, moments, gradients, average ?? weights],
            stop: {}, nanoseconds: &times)
        stepCount += 1
        return length
    }

    /// The time of every step of the plan in one run, for profiles.
    public func profile(pictures: Tensor, labels: Tensor) throws -> [(name: String, work: String, nanoseconds: UInt64)]
    {
        var none: [Tensor] = []
        var times = [UInt64](repeating: 0, count: step.plan.steps.count)
        try lane.run(
            step.plan, inputs: [pictures, labels, try Tensor([Int64(stepCount)], shape: [1])], outputs: &none,
            states: [weights, gradients, metrics], stop: {}, nanoseconds: &times)
        return zip(step.plan.steps, times).map { ($0.name, $0.operatorName, $1) }
    }

    /// Sets weights by name, in ONNX's order. Weights for which `values` returns nil stay unchanged.
    ///
    /// - Throws: `invalidInput` for a wrong number of values; the errors of `values`.
    public func load(_ values: (String) throws -> [Float]?) throws {
        for parameter in parameters.parameters {
            guard let found = try values(parameter.name) else { continue }
            guard found.count == parameter.range.count else {
                throw DeeperError(
                    .invalidInput, "\(found.count) values, expected \(parameter.range.count) for \(parameter.shape)"
                ).within("weight \"\(parameter.name)\"")
            }
            weights[parameter.range] = parameter.toTraining(found)
        }
        average?.copy(weights)
    }

    /// All weights by name, as tensors in ONNX's order.
    ///
    /// - Parameter isAveraged: whether to return the average, if there is one.
    public func weightTensors(isAveraged: Bool = false) throws -> [String: Tensor] {
        let memory = isAveraged ? average ?? weights : weights
        var result: [String: Tensor] = [:]
        for parameter in parameters.parameters {
            result[parameter.name] = try Tensor(parameter.toONNX(memory[parameter.range]), shape: parameter.shape)
        }
        return result
    }

    /// The gradient of a weight after ``computeGradients(pictures:labels:)``, in ONNX's order.
    public func gradient(of name: String) -> [Float]? {
        parameters[name].map { $0.toONNX(gradients[$0.range]) }
    }

    /// The largest magnitude of a trained weight, including averages. Not finite if any weight, running moment or
    /// average is not.
    public var largestWeight: Float {
        var largest: Float = 0
        for memory in [weights, average].compactMap(\.self) {
            for parameter in parameters.parameters {
                for value in memory[parameter.range] where !(abs(value) <= largest) {
                    if !value.isFinite { return value }
                    if parameter.isTrained { largest = abs(value) }
                }
            }
        }
        return largest
    }

    /// The network with the weights as they are now.
    public func trainedGraph(isAveraged: Bool = false) throws -> Graph {
        var graph = step.graph
        let tensors = try weightTensors(isAveraged: isAveraged)
        for value in graph.constants.keys {
            if let tensor = tensors[graph.name(of: value)] { graph.constants[value] = tensor }
        }
        return graph
    }

    private func result(_ labels: [Int32]) -> StepResult {
        let batch = options.batch
        let numbers = metrics.all
        let counted = Float(max(1, labels.count { $0 >= 0 }))
        var result = StepResult(losses: [], hits: [], gradientNorm: nil, total: 0)
        for head in headNames.indices {
            let first = head * 2 * batch
            let loss = numbers[first..<first + batch].reduce(0) { $0 + Double($1) }
            result.losses.append(Float(loss) / counted)
            result.hits.append(Int(numbers[first + batch..<first + 2 * batch].reduce(0, +)))
            let weight = head < options.lossWeights.count ? options.lossWeights[head] : 1
            result.total += weight * result.losses[head]
        }
        return result
    }
}
