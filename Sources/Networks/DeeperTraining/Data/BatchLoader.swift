public import DeeperImaging
public import DeeperTensors
internal import DeeperThreads

/// The conversion of pixels to the network's input: the order of channels, scale, mean and standard deviation.
public struct Normalization: Sendable, Codable, Hashable {
    /// The order of channels, rgb or bgr.
    public var order = Preprocessing.Channels.rgb
    /// The factor by which samples of 0...255 are multiplied before the mean is subtracted.
    public var scale = 1.0 / 255
    /// The mean of each channel, which is subtracted after scaling.
    public var mean = [0.0, 0.0, 0.0]
    /// The standard deviation of each channel, which is divided by last.
    public var std = [1.0, 1.0, 1.0]

    /// Samples of 0 to 1 in the order red, green, blue.
    public init() {}

    /// The same conversion as preprocessing for inference, with pictures resized to an extent.
    public func preprocessing(_ extent: Extent) -> Preprocessing {
        Preprocessing(
            resize: .exact(width: extent.width, height: extent.height), channels: order, scale: scale, mean: mean,
            std: std)
    }

    func check() throws {
        guard order != .luma, mean.count == 3, std.count == 3, ([scale] + mean + std).allSatisfy(\.isFinite),
            !std.contains(0)
        else {
            throw DeeperError(
                .invalidInput, "training takes rgb or bgr, three finite means and three deviations other than 0")
        }
    }

    /// The output value of every sample value, one table for each channel of the network.
    var tables: [[Float]] {
        zip(mean, std).map { mean, std in (0..<256).map { Float((Double($0) * scale - mean) / std) } }
    }
}

/// The pictures, N x H x W x C, and labels of one step.
public struct TrainingBatch: Sendable {
    /// N x H x W x C, float32, after augmentation and normalisation.
    public let pictures: Tensor
    /// N classes, int32.
    public let labels: Tensor
}

/// A loader that makes training batches ahead of the computation, on threads of its own.
///
/// Batch n depends only on the seed, n and the pictures. Every epoch is a permutation of all pictures; pictures at its
/// end that do not fill a batch are left out of that epoch.
public final class BatchLoader: Sendable {
    /// The number of steps in an epoch.
    public let stepsPerEpoch: Int
    private let queue: Queue
    private let threads: [SystemThread]

    /// A loader that starts to make batches at once.
    ///
    /// - Parameters:
    ///   - pictures: the pictures of the data set.
    ///   - batch: the number of pictures in a step.
    ///   - extent: the extent of the network's input.
    ///   - augmentation: random changes to the pictures.
    ///   - normalization: how pixels become the network's input.
    ///   - seed: the seed of the order of the pictures and of their changes.
    ///   - first: the number of the batch that the first call of ``next()`` returns.
    ///   - threads: the number of threads that make batches.
    /// - Throws: `invalidInput` if there are fewer pictures than in one batch, or for invalid augmentation or
    ///   normalisation.
    public init(
        _ pictures: PictureStore, batch: Int, extent: Extent, augmentation: Augmentation, normalization: Normalization,
        seed: UInt64, first: Int = 0, threads: Int = 1
    ) throws {
        guard batch > 0, pictures.count >= batch else {
            throw DeeperError(.invalidInput, "\(pictures.count) pictures are fewer than a batch of \(batch)")
        }
        try augmentation.check()
        try normalization.check()
        stepsPerEpoch = pictures.count / batch
        let maker = BatchMaker(
            pictures: pictures, batch: batch, extent: extent, augmentation: augmentation, normalization: normalization,
            seed: seed)
        let queue = Queue(maker, first: first, ahead: threads + 1)
        self.queue = queue
        self.threads = try (0..<max(1, threads)).map { _ in
            try SystemThread(name: "deeper-data") { queue.work() }
        }
    }

    deinit {
        queue.stop()
        for thread in threads { thread.join() }
    }

    /// Waits for the next batch and returns it.
    ///
    /// - Throws: the errors of making it.
    public func next() throws -> TrainingBatch { try queue.next() }

    private final class Queue: @unchecked Sendable {
        private let monitor = Monitor()
        private let maker: BatchMaker
        private let ahead: Int
        // Protected by the monitor.
        private var ready: [Int: Result<TrainingBatch, any Error>] = [:]
        private var wanted: Int
        private var taken: Int
        private var isStopping = false

        init(_ maker: BatchMaker, first: Int, ahead: Int) {
            self.maker = maker
            self.ahead = ahead
            self.wanted = first
            self.taken = first
        }

        func next() throws -> TrainingBatch {
            let result = monitor.withLock {
                while ready[wanted] == nil { monitor.wait() }
                let found = ready.removeValue(forKey: wanted)
                wanted += 1
                monitor.broadcast()
                return found
            }
            guard let result else { throw DeeperError(.internalFault, "a batch vanished") }
            return try result.get()
        }

        func stop() {
            monitor.withLock {
                isStopping = true
                monitor.broadcast()
            }
        }

        func work() {
            while let number = takeNumber() {
                let result = Result { try maker.batch(number) }
                monitor.withLock {
                    ready[number] = result
                    monitor.broadcast()
                }
            }
        }

        private func takeNumber() -> Int? {
            monitor.withLock {
                while !isStopping, taken >= wanted + ahead { monitor.wait() }
                guard !isStopping else { return nil }
                defer { taken += 1 }
                return taken
            }
        }
    }
}

/// Makes single batches.
struct BatchMaker: Sendable {
    let pictures: PictureStore
    let batch: Int
    let extent: Extent
    let augmentation: Augmentation
    let normalization: Normalization
    let seed: UInt64

    func batch(_ number: Int) throws -> TrainingBatch {
        let steps = pictures.count / batch
        let (epoch, step) = (number / steps, number % steps)
        let order = permutation(epoch)
        let tables = normalization.tables
        let isReversed = normalization.order == .bgr
        let pixelCount = extent.width * extent.height
        var values = [Float](repeating: 0, count: batch * pixelCount * 3)
        var labels: [Int32] = []
        for slot in 0..<batch {
            let index = order[step * batch + slot]
            let (picture, label) = pictures[index]
            var generator = SeededGenerator(seed: seed &+ 0xA5A5 &+ UInt64(epoch) &* 0x9E37_79B9 &* 0x1_0001)
            // Every picture of an epoch has a random stream of its own.
            generator = SeededGenerator(seed: generator.next() ^ (UInt64(index) &* 0xD134_2543_DE82_EF95))
            let changed = try augmentation.apply(picture, to: extent, generator: &generator)
            labels.append(Int32(label))
            let first = slot * pixelCount * 3
            for pixel in 0..<pixelCount {
                for channel in 0..<3 {
                    let sample = changed.pixels[3 * pixel + (isReversed ? 2 - channel : channel)]
                    values[first + 3 * pixel + channel] = tables[channel][Int(sample)]
                }
            }
        }
        return TrainingBatch(
            pictures: try Tensor(values, shape: try Shape(validating: [batch, extent.height, extent.width, 3])),
            labels: try Tensor(labels, shape: try Shape(validating: [batch])))
    }

    /// The order of the pictures in an epoch, by the Fisher-Yates shuffle.
    func permutation(_ epoch: Int) -> [Int] {
        var order = Array(0..<pictures.count)
        var generator = SeededGenerator(seed: seed ^ (UInt64(epoch) &+ 1) &* 0xBF58_476D_1CE4_E5B9)
        for index in order.indices.reversed().dropLast() { order.swapAt(index, generator.below(index + 1)) }
        return order
    }
}
