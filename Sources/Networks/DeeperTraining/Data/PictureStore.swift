public import DeeperImaging
internal import DeeperTensors
internal import DeeperThreads

/// The decoded pictures of a data set, in memory. Pictures that cannot be read are left out and reported.
public final class PictureStore: Sendable {
    /// The number of readable pictures.
    public let count: Int
    /// The names of the classes, indexed by label, if the data set has them.
    public let classNames: [String]?
    /// The files that the data set leaves out, and the pictures that cannot be read.
    public let skipped: [SkippedFile]
    private let decoded: [Entry]

    private struct Entry: Sendable {
        var picture: Picture
        var label: Int
    }

    /// Reads all pictures, several at a time.
    ///
    /// - Parameters:
    ///   - source: the data set.
    ///   - classCount: the number of the network's outputs.
    ///   - outputs: the network's output for every class of the data set; nil: class k is output k.
    ///   - limit: the largest number of pictures to take, evenly spread from the first to the last.
    ///   - extent: the extent to which larger pictures are resized right after decoding; nil keeps their own.
    ///   - memoryLimitBytes: the limit for all decoded pictures together.
    ///   - threads: the number of threads that decode.
    /// - Throws: `invalidInput` if no picture can be read, or for a label that is not a class; `limitExceeded` beyond
    ///   the memory limit.
    public init(
        _ source: any LabelledPictures, classCount: Int, outputs: [Int]? = nil, limit: Int = .max,
        shrinksTo extent: Extent? = nil, memoryLimitBytes: Int = 16 << 30, threads: Int
    ) throws {
        let total = min(source.count, limit)
        let work = Work(source: source, count: total, extent: extent, memoryLimitBytes: memoryLimitBytes)
        try work.run(threads: threads)
        let result = work.result
        if let problem = result.fatal { throw problem }
        guard !result.entries.isEmpty else {
            throw DeeperError(.invalidInput, "none of \(total) pictures can be read: \(result.firstReason)")
        }
        let ordered = result.entries.sorted { $0.key < $1.key }.map { _, entry in
            Entry(picture: entry.picture, label: outputs?[entry.label] ?? entry.label)
        }
        if let bad = ordered.first(where: { !(0..<classCount).contains($0.label) }) {
            throw DeeperError(
                .invalidInput,
                "a picture has label \(bad.label), the network has \(classCount) classes (0...\(classCount - 1))")
        }
        self.decoded = ordered
        self.count = ordered.count
        self.classNames = source.classNames
        self.skipped = source.skipped + result.broken.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A picture and its label.
    public subscript(index: Int) -> (picture: Picture, label: Int) {
        (decoded[index].picture, decoded[index].label)
    }

    private final class Work: @unchecked Sendable {
        struct State: Sendable {
            var next = 0
            var bytes = 0
            var entries: [Int: Entry] = [:]
            var broken: [Int: SkippedFile] = [:]
            var fatal: DeeperError?

            /// The reason why the first of the broken pictures cannot be read.
            var firstReason: String {
                broken.min { $0.key < $1.key }.map { "\($0.value.path): \($0.value.reason)" } ?? ""
            }
        }

        private let source: any LabelledPictures
        private let count: Int
        private let extent: Extent?
        private let memoryLimitBytes: Int
        // Not a Mutex, because ThreadSanitizer does not see its contended path and would report accesses that it
        // protects.
        private let monitor = Monitor()
        // Protected by the monitor.
        private var state = State()

        init(source: any LabelledPictures, count: Int, extent: Extent?, memoryLimitBytes: Int) {
            self.source = source
            self.count = count
            self.extent = extent
            self.memoryLimitBytes = memoryLimitBytes
        }

        var result: State { monitor.withLock { state } }

        /// Works on the calling thread and others, all of which have ended when the call returns.
        func run(threads: Int) throws {
            var others: [SystemThread] = []
            defer { for other in others { other.join() } }
            for _ in 1..<max(1, threads) { others.append(try SystemThread(name: "deeper-decode") { self.run() }) }
            run()
        }

        private func run() {
            while let range = take() {
                var entries: [Int: Entry] = [:]
                var broken: [Int: SkippedFile] = [:]
                for index in range {
                    let place = count == source.count ? index : index * (source.count - 1) / max(1, count - 1)
                    do {
                        var (picture, label) = try source.picture(at: place)
                        if let extent, picture.width * picture.height > extent.width * extent.height {
                            picture = try picture.resized(
                                width: extent.width, height: extent.height, filter: .bilinear)
                        }
                        guard reserve(picture.pixels.count) else { return }
                        entries[index] = Entry(picture: picture, label: label)
                    } catch {
                        let error = error as? DeeperError ?? DeeperError(.internalFault, "\(error)")
                        broken[index] = SkippedFile(source.name(at: place), error)
                    }
                }
                finish(entries, broken)
            }
        }

        private func take() -> Range<Int>? {
            monitor.withLock {
                guard state.next < count, state.fatal == nil else { return nil }
                defer { state.next = min(count, state.next + 64) }
                return state.next..<min(count, state.next + 64)
            }
        }

        /// Counts the bytes of a decoded picture; false if these or earlier pictures exceed the memory limit.
        private func reserve(_ bytes: Int) -> Bool {
            monitor.withLock {
                state.bytes += bytes
                if state.bytes > memoryLimitBytes {
                    state.fatal = DeeperError(
                        .limitExceeded, "the decoded pictures take more than \(memoryLimitBytes) bytes")
                }
                return state.fatal == nil
            }
        }

        private func finish(_ entries: [Int: Entry], _ broken: [Int: SkippedFile]) {
            monitor.withLock {
                state.broken.merge(broken) { first, _ in first }
                state.entries.merge(entries) { first, _ in first }
            }
        }
    }
}
