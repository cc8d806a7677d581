#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// What `eval` found with crops, ensembles or `--errors`.
struct CropReport: Encodable {
    struct ClassEntry: Encodable {
        let output: Int
        let name: String?
        let count: Int
        let right: Int
    }

    let models: [String]
    let dataset: String
    let count: Int
    let skipped: Int
    let skippedFiles: [SkipReport.Entry]
    let top1: Double
    let top5: Double
    let rows: [CropEvaluation.Row]
    /// Only with `--errors`.
    let classes: [ClassEntry]?

    init(
        _ evaluation: CropEvaluation, models: [String], dataset: String, names: [String]?, hasClasses: Bool
    ) {
        (self.models, self.dataset) = (models, dataset)
        let score = evaluation.score
        (count, top1, top5) = (score.count, score.top1, score.top5)
        (skipped, skippedFiles) = (evaluation.skipped.files.count, evaluation.skipped.entries)
        rows = evaluation.rows
        classes =
            hasClasses
            ? score.classes.map { entry in
                let name = names.flatMap { entry.output < $0.count ? $0[entry.output] : nil }
                return ClassEntry(output: entry.output, name: name, count: entry.count, right: entry.right)
            } : nil
    }

    enum CodingKeys: String, CodingKey {
        case models, dataset, count, skipped, top1, top5, rows, classes
        case skippedFiles = "skipped_files"
    }

    /// Like table 3 of the paper, with top-1 errors too: every combination, compared with the first row.
    var table: TextTable {
        var table = TextTable(
            ">models", ">crops", ">cost", ">top-1 error", ">top-5 error", ">compared to base", "?>pictures/s")
        for (index, row) in rows.enumerated() {
            let change = (row.top5Error - rows[0].top5Error) * 100
            table.add(
                String(row.models), String(row.crops), String(row.cost), "\(fixed(row.top1Error * 100, 2)) %",
                "\(fixed(row.top5Error * 100, 2)) %",
                index == 0 ? "base" : "\(change > 0 ? "+" : "")\(fixed(change, 2)) points",
                fixed(row.picturesPerSecond, 2))
        }
        return table
    }

    private static let mostClasses = 20

    /// The classes of which most pictures are taken for others; nil if there are no mistakes.
    var worstClasses: String? {
        var table = TextTable("class", ">pictures", ">right", ">accuracy")
        let sorted = (classes ?? []).filter { $0.right < $0.count }.sorted { first, second in
            let wrong = (first.count - first.right, second.count - second.right)
            return wrong.0 != wrong.1 ? wrong.0 > wrong.1 : first.output < second.output
        }
        guard !sorted.isEmpty else { return nil }
        for entry in sorted.prefix(CropReport.mostClasses) {
            let share = Double(entry.right) / Double(entry.count)
            table.add(
                entry.name ?? "class \(entry.output)", String(entry.count), String(entry.right),
                "\(fixed(share * 100, 1)) %")
        }
        let heading =
            sorted.count > CropReport.mostClasses
            ? "the first \(CropReport.mostClasses) of \(sorted.count) classes with mistakes:" : "classes with mistakes:"
        return "\(heading)\n\n\(table.text)"
    }
}
#endif
