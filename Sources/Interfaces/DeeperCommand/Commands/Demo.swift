#if CommandLine
public import ArgumentParser
import Deeper
public import DeeperBuiltinModel
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors
import FoundationEssentials

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Classify drawings with the model that comes with deeper.",
        usage: "deeper demo [<options>]",
        discussion: """
            Draws one picture of each class, classifies them with \(BuiltinModel.name), in int8 unless --precision \
            says otherwise, and prints the answers and the times. Needs no files and no network. Exits with code 70 if \
            a drawing is classified wrongly.
            """)

    @Option(help: "Also write the drawings into this folder (PNG).")
    var pictures: String?

    @Option(help: "Precision of the model: \(BuiltinModel.Precision.allCases.map(\.rawValue).joined(separator: ", ")).")
    var precision: BuiltinModel.Precision = .int8

    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let begin = ContinuousClock.now
        let drawings = try Drawings.all.map { (name: $0.name, picture: try Drawings.picture(of: $0.marks)) }
        if let pictures { try write(drawings, to: pictures) }
        let drawn = ContinuousClock.now
        let engine = try engine.engine(BuiltinModel.model(precision))
        let batch = drawings.map(\.picture)
        let answers = try classify(batch, engine)
        let ready = ContinuousClock.now
        for _ in 0..<Demo.repetitions { _ = try classify(batch, engine) }
        let each = milliseconds(ContinuousClock.now - ready) / Double(Demo.repetitions * batch.count)
        let report = Report(
            model: BuiltinModel.name, precision: precision.rawValue, threads: engine.options.threads,
            pictures: zip(drawings, answers).map { drawing, answer in
                Report.Row(drawn: drawing.name, answer: answer[0].label ?? "", score: answer[0].score)
            },
            correct: zip(drawings, answers).filter { $0.name == $1[0].label }.count,
            millisecondsToDraw: milliseconds(drawn - begin), millisecondsToFirstAnswers: milliseconds(ready - drawn),
            millisecondsAPicture: each)
        if json { try Console.printJSON(report) } else { print(report) }
        guard report.correct == drawings.count else {
            Console.warn("error: \(drawings.count - report.correct) drawings were taken for something else")
            throw ExitCode(70)
        }
    }

    private static let repetitions = 20

    private func classify(_ batch: [Picture], _ engine: Engine) throws -> [[Prediction]] {
        try engine.classifyBlocking(
            batch: batch, preprocessing: BuiltinModel.preprocessing, labels: BuiltinModel.classNames, top: 1)
    }

    private func write(_ drawings: [(name: String, picture: Picture)], to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for drawing in drawings { try PNGEncoder.write(drawing.picture, to: "\(folder)/\(drawing.name).png") }
    }

    private func print(_ report: Report) {
        var table = TextTable("drawn", "answer", ">score")
        for row in report.pictures { table.add(row.drawn, row.answer, fixed(Double(row.score), 4)) }
        Console.print(table.text)
        Console.say(
            """
            \(report.correct) of \(report.pictures.count) drawings were recognised by \(report.model), the model that \
            ships with deeper (\(report.precision), \(report.threads) threads).
            Drawing took \(fixed(report.millisecondsToDraw, 1)) ms, and preparing the model and classifying all \
            \(fixed(report.millisecondsToFirstAnswers, 1)) ms. From then on, a picture takes \
            \(fixed(report.millisecondsAPicture, 2)) ms.
            Try a picture of your own: deeper classify photo.jpg
            """)
    }

    private struct Report: Encodable {
        struct Row: Encodable {
            let drawn: String
            let answer: String
            let score: Float
        }

        let model: String
        let precision: String
        let threads: Int
        let pictures: [Row]
        let correct: Int
        let millisecondsToDraw: Double
        let millisecondsToFirstAnswers: Double
        let millisecondsAPicture: Double

        enum CodingKeys: String, CodingKey {
            case model, precision, threads, pictures, correct
            case millisecondsToDraw = "ms_to_draw"
            case millisecondsToFirstAnswers = "ms_to_first_answers"
            case millisecondsAPicture = "ms_per_image"
        }
    }
}

extension BuiltinModel.Precision: ExpressibleByArgument {}
#endif
