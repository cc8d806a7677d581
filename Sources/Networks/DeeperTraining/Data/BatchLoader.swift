public import DeeperImaging
public import DeeperTensors
internal import DeeperThreads

/// What pixels become: their order and scale.
public struct Normalization: Sendable, Codable, Hashable {
    /// rgb or bgr.
    public var order = Preprocessing.Channels.rgb
    /// Factor for samples of 0...255, before the mean is taken off.
    public var scale = 1.0 / 255
    public var mean = [0.0, 0.0, 0.0]
    public var std = [1.0, 1.0, 1.0]

    public init() {}

    /// The same as preprocessing for inference, pictures resized to an extent.
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

    /// The value of every sample, one table for each channel of the network.
    var tables: [[Float]] {
        zip(mean, std).map { mean, std in (0..<256).map { Float((Double($0) * scale - mean) / std) } }
    }
}

/// One step's pictures, N x H x W x C, and labels.
public struct TrainingBatch: Sendable {
    public let pictures: Tensor
    public let labels: Tensor
}

/// Makes the batches of training ahead of the computation, on threads of its own.
///
/// Batch n is a function of the seed, n and the pictures alone: epochs are permutations of all pictures, and what is left
/// over at an epoch's end is too small for a batch and waits for another epoch.
public final class BatchLoader: Sendable {
    /// Steps of an epoch.
    public let stepsPerEpoch: Int
    private let queue: Queue
    private let threads: [SystemThread]

    /// - Parameters:
    ///   - first: the number of the first batch that will be asked for.
    ///   - threads: that make batches.
    /// - Throws: `invalidInput` if there are fewer pictures than a batch has.
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

    /// The next batch; waits for it.
    ///
    /// - Throws: what making it threw.
    public func next() throws -> TrainingBatch { try queue.next() }

    private final class Queue: @unchecked Sendable {
        private let monitor = Monitor()
        private let maker: BatchMaker
        private let ahead: Int
        // Under the monitor.
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

/// Makes one batch.
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
            // A stream of its own for every picture of an epoch.
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

    /// The order of an epoch: Fisher and Yates's shuffle.
    func permutation(_ epoch: Int) -> [Int] {
        var order = Array(0..<pictures.count)
        var generator = SeededGenerator(seed: seed ^ (UInt64(epoch) &+ 1) &* 0xBF58_476D_1CE4_E5B9)
        for index in order.indices.reversed().dropLast() { order.swapAt(index, generator.below(index + 1)) }
        return order
    }
}
