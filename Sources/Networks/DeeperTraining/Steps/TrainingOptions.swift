public import DeeperKernels

/// How a network is trained: what stays the same from step to step.
public struct TrainingOptions: Sendable {
    /// Pictures of a step.
    public var batch: Int
    /// What each of the network's outputs counts in the loss, in the outputs' order; 1 for those not given.
    public var lossWeights: [Float] = [1, 0.3, 0.3]
    /// The share of the target that all classes have in common (label smoothing).
    public var labelSmoothing: Float = 0
    public var rule: UpdateRule = .momentum(0.9, isNesterov: false)
    /// Added to the gradient: weightDecay * weight, for filters and matrices; biases and scales do not decay.
    public var weightDecay: Float = 0
    /// Factor of the learning rate for biases (Caffe's recipe: 2).
    public var biasRate: Float = 1
    /// The largest Euclidean norm of the gradient of all weights; a longer one is shortened. 0: no limit.
    public var largestGradientNorm: Float = 0
    /// The share of Polyak's exponential average of the weights that every step replaces. 0: no average.
    public var averageShare: Float = 0
    /// The share of a batch normalisation's running moments that every step replaces.
    public var momentsMomentum: Float = 0.1
    /// Fixes the masks of dropout.
    public var seed: UInt64 = 1
    public var dropsOut = true
    public var threads: Int
    /// The most memory in bytes that the plan of a step may take.
    public var memoryLimitBytes = 16 << 30
    public var instructionSet = InstructionSet.best
    /// Whether the weight of a name follows its gradient; others stay as they are.
    public var isTrained: @Sendable (String) -> Bool = { _ in true }

    public init(batch: Int, threads: Int) {
        self.batch = batch
        self.threads = threads
    }
}
