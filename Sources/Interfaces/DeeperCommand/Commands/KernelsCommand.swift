#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperExecution
import DeeperKernels
import DeeperTensors

struct KernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "List the routines for packed products, or time each convolution shape of a model.",
        discussion: """
            Without a model, lists the routines for packed products and the CPU features that they need. With a model, \
            times its convolutions on one thread with warm operands, and compares them with the peak of the core and \
            with OpenBLAS. Every round measures, for each shape, the peak of multiply-adds and each method of \
            computing it; the table shows the best round of each. GFLOP/s count 2 FLOPs per MAC of direct computation, \
            so that Winograd may exceed the peak. Convolutions of 8-bit numbers are compared with the peak of \
            integer products.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String?

    @OptionGroup var shape: ShapeOptions

    @Option(help: "Rounds for each shape.")
    var rounds: Int = 10

    @Option(help: "Milliseconds for each measurement of a round.")
    var budget: Int = 5

    @Option(help: "SIMD variant: \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")).")
    var isa: InstructionSet = .best

    @OptionGroup var weights: WeightOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var table: TableOptions

    func validate() throws {
        guard (1...1000).contains(rounds), (1...10_000).contains(budget) else {
            throw ValidationError("--rounds must be 1 to 1000, --budget 1 to 10000")
        }
        guard model != nil || shape.isDefault else {
            throw ValidationError("--batch, --size and --shape need a model")
        }
    }

    func run() throws {
        guard let name = model else { return try ProductList.print(json: json) }
        let model = try weights.model(name, for: .measurements)
        let inputs = try shape.inputs(of: model)
        let direct = try steps(model, inputs, .packed, .direct)
        let chosen = try steps(model, inputs, .packed, .auto)
        let blas = try steps(model, inputs, .openblas, .auto)
        let core = CoreRate(isa)
        var shapes: [Measured] = []
        var seen: [ElementType: Set<ConvolutionShape>] = [:]
        for step in direct {
            for kernel in step.kernel.parts {
                guard let shape = kernel.report.convolution,
                    seen[kernel.report.multiplied, default: []].insert(shape).inserted
                else { continue }
                shapes.append(
                    try Measured(
                        step.name, kernel, shape, blas: self.kernel(of: step.name, shape, in: blas),
                        winograd: self.kernel(of: step.name, shape, in: chosen) { $0 is WinogradConvolutionKernel }))
            }
        }
        // Every round runs all shapes once: a slow second of the machine affects one round of a few shapes, not all
        // rounds of one.
        var progress = ProgressBar(total: rounds * shapes.count)
        for round in 0..<rounds {
            for index in shapes.indices {
                progress.update(round * shapes.count + index, shapes[index].name)
                shapes[index].measure(core, budget: UInt64(budget) * 1_000_000)
            }
        }
        progress.finish()
        let peaks = Dictionary(grouping: shapes, by: \.multiplied).mapValues { $0.map(\.peak).max() ?? 0 }
        let rows = shapes.map { $0.row(peak: peaks[$0.multiplied] ?? 0) }
        let report = Report(
            model: name, batch: shape.batch, instructionSet: isa.rawValue, peak: peaks[.float32].map { 2 * $0 },
            integerPeaks: Dictionary(
                peaks.compactMap { type, peak in type == .float32 ? nil : (type.rawValue, 2 * peak) }
            ) { first, _ in first },
            bandwidth: try core.copiedBytesPerNanosecond(), shapes: rows)
        if json { return try Console.printJSON(report) }
        let unit = report.integerPeaks.isEmpty ? "GFLOP/s" : "Gop/s"
        var list = TextTable(
            "step", "?lowering", "?type", ">rows", ">k", ">columns", ">\(unit)", ">% of peak", ">OpenBLAS",
            "?>% of peak",
            ">Winograd")
        for row in rows {
            list.add(
                row.name, row.lowering, row.multiplied, String(row.m), String(row.k), String(row.n),
                fixed(row.direct.gflops, 1),
                fixed(row.direct.ofPeak * 100, 1), row.openblas.map { fixed($0.gflops, 1) } ?? "",
                row.openblas.map { fixed($0.ofPeak * 100, 1) } ?? "", row.winograd.map { fixed($0.gflops, 1) } ?? "")
        }
        Console.print(table.text(list))
        let integers = report.integerPeaks.sorted { $0.key < $1.key }.map { "\(fixed($0.value, 1)) Gop/s of \($0.key)" }
        let all = (report.peak.map { ["\(fixed($0, 1)) GFLOP/s"] } ?? []) + integers
        Console.print(
            "\(isa.rawValue): \(all.joined(separator: ", ")) peak of one core, \(fixed(report.bandwidth, 1)) GB/s copied"
        )
    }

    private func steps(
        _ model: Model, _ inputs: [String: Tensor], _ gemm: GemmChoice, _ algorithm: ConvolutionAlgorithm
    ) throws -> [Plan.Step] {
        let options = EngineOptions(
            threads: 1, concurrentCalls: 1, gemm: gemm, algorithm: algorithm, instructionSet: isa,
            setsBLASThreads: true)
        return try Engine(model, options: options).plan(for: inputs).steps
    }

    /// The kernel of a step in another plan. Names may repeat, so the shape decides.
    private func kernel(
        of name: String, _ shape: ConvolutionShape, in steps: [Plan.Step],
        where isWanted: (any Kernel) -> Bool = { _ in true }
    ) -> (any Kernel)? {
        steps.lazy.filter { $0.name == name }.flatMap(\.kernel.parts).first { kernel in
            isWanted(kernel) && kernel.report.convolution == shape
        }
    }

    /// A shape, the kernels that compute it, and the rates measured in each round, in multiply-adds per nanosecond.
    private struct Measured {
        let name: String
        let multiplied: ElementType
        private let lowering: String
        private let shape: ConvolutionShape
        private let timers: [KernelTimer?]
        private var rates: [[Double]] = [[], [], []]
        private var peaks: [Double] = []

        init(
            _ name: String, _ kernel: any Kernel, _ shape: ConvolutionShape, blas: (any Kernel)?,
            winograd: (any Kernel)?
        ) throws {
            self.name = name
            self.lowering = kernel.report.lowering
            self.multiplied = kernel.report.multiplied
            self.shape = shape
            timers = [
                try KernelTimer(kernel),
                try blas.flatMap { try KernelTimer($0) },
                try winograd.flatMap { try KernelTimer($0) },
            ]
        }

        var peak: Double { peaks.max() ?? 0 }

        mutating func measure(_ core: CoreRate, budget: UInt64) {
            peaks.append(core.multiplyAddsPerNanosecond(multiplied, budget: budget))
            for (index, timer) in timers.enumerated() {
                guard let timer else { continue }
                rates[index].append(Double(shape.macCount) / Double(max(1, timer.leastNanoseconds(of: budget))))
            }
        }

        /// - Parameter peak: the core's highest rate in any round.
        func row(peak: Double) -> Row {
            func rate(_ index: Int) -> Rate? {
                guard let best = rates[index].max() else { return nil }
                return Rate(
                    gflops: 2 * best, ofPeak: best / peak,
                    median: quantile(zip(rates[index], peaks).map { $0 / $1 }.sorted(), 0.5))
            }
            let input = shape.images * shape.window.inputPixels * shape.inputChannels
            let output = shape.images * shape.window.outputPixels * shape.outputChannels
            return Row(
                name: name, lowering: lowering, multiplied: multiplied.rawValue,
                m: shape.images * shape.window.outputPixels,
                k: shape.reduction, n: shape.filtersPerGroup, macs: shape.macCount,
                bytes: (multiplied == .float32 ? 4 : 1) * (input + output + shape.outputChannels * shape.reduction),
                direct: rate(0) ?? Rate(gflops: 0, ofPeak: 0, median: 0), openblas: rate(1), winograd: rate(2))
        }
    }

    private struct Rate: Encodable {
        let gflops: Double
        /// The best round's rate divided by the core's best.
        let ofPeak: Double
        /// The median of the same ratio within each round.
        let median: Double

        enum CodingKeys: String, CodingKey {
            case gflops
            case ofPeak = "of_peak"
            case median = "of_peak_median"
        }
    }

    private struct Row: Encodable {
        let name: String
        let lowering: String
        /// `float32`, or the form in which registers hold 8-bit numbers.
        let multiplied: String
        let m: Int
        let k: Int
        let n: Int
        let macs: Int
        /// Bytes of input, output and weights, each counted once, as float32 or in 8 bits.
        let bytes: Int
        let direct: Rate
        let openblas: Rate?
        let winograd: Rate?
    }

    private struct Report: Encodable {
        let model: String
        let batch: Int
        let instructionSet: String
        /// The peak of float32, if any convolution multiplies it.
        let peak: Double?
        /// The peaks of integers, by the form in which registers hold them: billions of operations per second, 2 per
        /// MAC.
        let integerPeaks: [String: Double]
        let bandwidth: Double
        let shapes: [Row]

        enum CodingKeys: String, CodingKey {
            case model, batch, shapes
            case instructionSet = "isa"
            case peak = "peak_gflops"
            case integerPeaks = "integer_peaks_gops"
            case bandwidth = "copy_gb_per_s"
        }
    }
}
#endif
