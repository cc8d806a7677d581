public import DeeperKernels

/// The options of training a network that stay the same from step to step.
public struct TrainingOptions: Sendable {
    /// The number of pictures in a step.
    public var batch: Int
    /// The weight of each of the network's outputs in the loss, in the outputs' order; 1 for those not given.
    public var lossWeights: [Float] = [1, 0.3, 0.3]
    /// The share of the target that is distributed over all classes (label smoothing).
    public var labelSmoothing: Float = 0
    /// The rule by which gradients change the weights.
    public var rule: UpdateRule = .momentum(0.9, isNesterov: false)
    /// The factor of weight decay: weightDecay * weight is added to the gradient of filters and matrices. Biases and
    /// scales do not decay.
    public var weightDecay: Float = 0
    /// The factor of the learning rate for biases (2 in Caffe's recipe).
    public var biasRate: Float = 1
    /// The largest Euclidean norm of the gradient of all weights; a longer gradient is shortened. 0: no limit.
    public var largestGradientNorm: Float = 0
    /// The share of Polyak's exponential average of the weights that every step replaces. 0: no average.
    public var averageShare: Float = 0
    /// The share of a batch normalisation's running moments that every step replaces.
    public var momentsMomentum: Float = 0.1
    /// The seed that determines the masks of dropout.
    public var seed: UInt64 = 1
    /// Whether dropout layers drop elements; off to compare gradients.
    public var dropsOut = true
    /// The threads that compute a step, the calling thread included.
    public var threads: Int
    /// The most memory in bytes that the plan of a step may take.
    public var memoryLimitBytes = 16 << 30
    /// The SIMD variant of deeper's own kernels.
    public var instructionSet = InstructionSet.best
    /// Whether the weight with a name is trained; other weights stay unchanged.
    public var isTrained: @Sendable (String) -> Bool = { _ in true }

    /// The defaults, for steps of `batch` pictures on `threads` threads.
    public init(batch: Int, threads: Int) {
        self.batch = batch
        self.threads = threads
    }
}
