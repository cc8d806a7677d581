internal import DeeperExecution
public import DeeperGraphs
internal import DeeperKernels
public import DeeperTensors

/// Trains a network step by step: forward pass, losses, gradients, optimizer.
///
/// One step at a time, on the calling thread and `threads - 1` others. A step's bits depend on weights, pictures, labels
/// and the options' seed, not on the number of threads.
public final class Trainer {
    /// What one step found.
    public struct StepResult: Sendable {
        /// The mean loss of each output's pictures, in the outputs' order.
        public var losses: [Float]
        /// Pictures whose label had the largest logit, for each output.
        public var hits: [Int]
        /// The Euclidean norm of the gradient before it was shortened; nil unless the options limit it.
        public var gradientNorm: Double?
        /// The weighted sum of the losses.
        public var total: Float
    }

    public let options: TrainingOptions
    /// Every weight and its place.
    public var parameters: ParameterTable { step.parameters }
    /// The names of the network's outputs.
    public var headNames: [String] { step.headNames }
    public var classCount: Int { step.classCount }
    /// C, H, W of the pictures.
    public var pictureShape: Shape { step.pictureShape }
    /// Steps done: decides the masks of dropout and Adam's correction.
    public var stepCount = 0
    /// Weights in training's order, their gradients, the optimizer's memory, and the average if there is one.
    public let weights: FloatMemory
    public let gradients: FloatMemory
    public let moments: FloatMemory
    public let average: FloatMemory?
    /// Called with all gradients of a step before they are used: where several machines train one network, their mean
    /// goes here, by one all-reduce over the flat memory.
    public var reduceGradients: ((FloatMemory) throws -> Void)?
    /// Bytes of activations and gradients of a step.
    public var activationByteCount: Int { step.plan.memoryByteCount(workers: options.threads) }
    /// Bytes that training reserves: activations, weights and everything that goes with them.
    public var byteCount: Int {
        activationByteCount + weights.byteCount * (average == nil ? 2 : 3) + moments.byteCount
    }
    /// Multiply-accumulates of a step.
    public var macCount: Int { step.plan.macCount }

    private let step: StepPlan
    private let update: Plan
    private let norm: Plan
    private let metrics: FloatMemory
    private let squares: FloatMemory
    private let lane: Lane

    /// Prepares the training of a graph with its constants as first weights.
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
        // Of the simplified graph: a weight may be the result of a node that was folded.
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

    /// One step.
    ///
    /// - Parameters:
    ///   - pictures: float32[N, H, W, C], N being the options' batch.
    ///   - labels: int32[N]; a label below 0 leaves its picture out.
    ///   - rate: the learning rate.
    /// - Throws: `invalidInput` for tensors of other types, or a label that is no class; what `reduceGradients` throws.
    public func step(pictures: Tensor, labels: Tensor, rate: Float) throws -> StepResult {
        var result = try computeGradients(pictures: pictures, labels: labels)
        try reduceGradients?(gradients)
        result.gradientNorm = try applyGradients(rate: rate)
        return result
    }

    /// The first half of a step: forward and backward pass. Gradients are in `gradients` afterwards.
    ///
    /// - Throws: `invalidInput` for tensors of other types, or a label that is no class.
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

    /// The second half of a step: shortens the gradients if they are to be, and changes the weights.
    ///
    /// - Returns: the gradients' norm, if the options limit it.
    /// - Throws: `invalidInput`, weights unchanged, if that norm is not finite.
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
        // Young averages follow faster, or they would remember the random start.
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

    /// Sets weights by name, in ONNX's order; those for which `values` gives nil stay.
    ///
    /// - Throws: `invalidInput` for a wrong number of values; what `values` throws.
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
    /// - Parameter isAveraged: whether the average is meant, where there is one.
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

    /// The largest magnitude of a trained weight, averages included; not finite if any weight or moment is not.
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
