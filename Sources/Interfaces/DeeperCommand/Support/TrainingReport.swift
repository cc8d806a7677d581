#if CommandLine
import DeeperCommandSupport
import DeeperTensors
import DeeperTraining
import Glibc

/// Reports the progress of a training: a line that is redrawn on a terminal, a line per epoch elsewhere, tables and a
/// plot.
struct TrainingReport {
    private let run: TrainingRun
    private let recipe: String
    private let folder: String
    private let logEvery: Int
    private let skipped: SkipReport
    private let heads: [String]
    private var steps: TrainingLog
    private var tests: TrainingLog
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private let firstStep: Int
    private var sums: [Float]
    private var hits = 0.0
    private var summed = 0
    private var last: TrainingRun.Progress?

    init(_ run: TrainingRun, recipe: String, folder: String, logEvery: Int, skipped: SkipReport) throws {
        self.run = run
        self.recipe = recipe
        self.folder = folder
        self.logEvery = logEvery
        self.skipped = skipped
        heads = run.trainer.headNames
        firstStep = run.trainer.stepCount
        sums = heads.map { _ in 0 }
        steps = try TrainingLog(
            path: "\(folder)/steps.csv",
            columns: ["step", "epoch", "rate"] + heads.map { "loss \($0)" } + ["accuracy", "seconds"],
            resumingAt: firstStep)
        tests = try TrainingLog(
            path: "\(folder)/tests.csv", columns: ["step", "epoch", "top1", "top5", "seconds"], resumingAt: firstStep)
        let trainer = run.trainer
        Console.warn(
            """
            \(recipe): \(trainer.parameters.trainedCount.grouped) weights, \(trainer.macCount.grouped) MACs and \
            \(trainer.byteCount.bytes) per step of \(trainer.options.batch) pictures
            \(run.totalSteps) steps of \(run.configuration.epochs) epochs, from step \(firstStep); \
            \(trainer.options.threads) threads
            """)
    }

    /// The columns of the terminal: a longer line would wrap and could not be redrawn.
    private var columns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
    }

    private var seconds: Double { milliseconds(ContinuousClock.now - start) / 1000 }

    mutating func add(_ progress: TrainingRun.Progress) throws {
        last = progress
        for (index, loss) in progress.losses.enumerated() { sums[index] += loss }
        hits += progress.accuracies[0]
        summed += 1
        let isLast = progress.step == progress.totalSteps
        if progress.step % logEvery == 0 || isLast { try log(progress) }
        if isTerminal {
            Console.write("\r" + line(progress).shortened(to: columns - 1) + "\u{1B}[K", to: STDERR_FILENO)
        }
        if progress.step % progress.stepsPerEpoch == 0 {
            if isTerminal { Console.write("\n", to: STDERR_FILENO) } else { Console.warn(line(progress)) }
        }
    }

    private mutating func log(_ progress: TrainingRun.Progress) throws {
        let count = Double(max(1, summed))
        try steps.add(
            [String(progress.step), String(progress.epoch), fixed(progress.rate, 8)]
                + sums.map { fixed(Double($0) / count, 5) } + [fixed(hits / count, 5), fixed(seconds, 1)])
        sums = sums.map { _ in 0 }
        (hits, summed) = (0, 0)
    }

    mutating func add(_ measured: TrainingRun.Measurement) throws {
        try tests.add([
            String(measured.step), String(measured.epoch), fixed(measured.top1, 5), fixed(measured.top5, 5),
            fixed(seconds, 1),
        ])
        let text =
            "epoch \(measured.epoch): top-1 \(fixed(measured.top1 * 100, 2)) %, "
            + "top-5 \(fixed(measured.top5 * 100, 2)) % of \(measured.count) test pictures"
        Console.warn(isTerminal ? "\r\(text)\u{1B}[K" : text)
        try plot()
    }

    /// A bar, the losses of all heads, pictures per second, and the time left.
    private func line(_ progress: TrainingRun.Progress) -> String {
        let width = 20
        let filled = width * progress.step / max(1, progress.totalSteps)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let done = progress.step - firstStep
        let rate = Double(done * run.trainer.options.batch) / max(seconds, 1e-3)
        let left = Int(seconds / Double(max(1, done)) * Double(progress.totalSteps - progress.step))
        let losses = zip(heads, progress.losses).map { "\($0) \(fixed(Double($1), 3))" }.joined(separator: "  ")
        return
            "[\(bar)] \(progress.step)/\(progress.totalSteps) epoch \(progress.epoch + 1)  loss \(losses)  "
            + "\(fixed(rate, 1)) images/s  \(left / 3600):\(left / 60 % 60 < 10 ? "0" : "")\(left / 60 % 60) h left"
    }

    private func plot() throws {
        try TrainingPlot(
            title:
                "\(recipe): \(run.trainer.parameters.trainedCount.grouped) weights, batch \(run.trainer.options.batch)",
            stepsPerEpoch: run.stepsPerEpoch, epochs: run.configuration.epochs
        ).write(steps: steps, tests: tests, heads: heads, to: "\(folder)/curve.svg")
    }

    mutating func finish(_ outcome: TrainingRun.Outcome, signal: Int32, isJSON: Bool) throws {
        if let last, summed > 0 { try log(last) }
        try plot()
        let done = run.trainer.stepCount - firstStep
        let report = Outcome(
            outcome: outcome == .finished ? "finished" : "stopped", step: run.trainer.stepCount,
            epoch: run.trainer.stepCount / run.stepsPerEpoch, accuracy: run.accuracy < 0 ? nil : run.accuracy,
            losses: last?.losses ?? [], seconds: seconds,
            imagesPerSecond: Double(done * run.trainer.options.batch) / max(seconds, 1e-3),
            checkpoint: "\(folder)/checkpoint.safetensors", peakBytes: peakMemoryBytes(),
            skippedFiles: skipped.entries)
        if isJSON { return try Console.printJSON(report) }
        Console.print(
            """
            \(report.outcome) at step \(report.step), epoch \(report.epoch), after \(fixed(report.seconds, 1)) s: \
            \(fixed(report.imagesPerSecond, 1)) images/s, peak memory \(report.peakBytes.bytes)
            \(report.checkpoint)\(report.accuracy.map { ": top-1 \(fixed($0 * 100, 2)) %" } ?? "")
            """)
        if let summary = skipped.summary { Console.print(summary) }
    }

    private struct Outcome: Encodable {
        let outcome: String
        let step: Int
        let epoch: Int
        let accuracy: Double?
        let losses: [Float]
        let seconds: Double
        let imagesPerSecond: Double
        let checkpoint: String
        let peakBytes: Int
        let skippedFiles: [SkipReport.Entry]

        enum CodingKeys: String, CodingKey {
            case outcome, step, epoch, accuracy, losses, seconds, checkpoint
            case imagesPerSecond = "images_per_second"
            case peakBytes = "peak_rss_bytes"
            case skippedFiles = "skipped_files"
        }
    }
}
#endif
