#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// Wrong answers as a sheet of small pictures (SVG): each with its file, the right class and the answer.
struct ErrorSheet {
    let mistakes: [Mistakes.Mistake]
    let pictures: any LabelledPictures
    let names: [String]?
    let title: String

    private static let columns = 5
    private static let side = 180.0
    private static let cellWidth = 212.0
    private static let cellHeight = 250.0
    private static let longestName = 28
    private static let green = "#1a7f37"
    private static let red = "#b3261e"

    func write(to path: String) throws {
        let columns = max(1, min(ErrorSheet.columns, mistakes.count))
        let rows = (mistakes.count + columns - 1) / columns
        let width = max(460, Double(columns) * ErrorSheet.cellWidth + 16)
        var sheet = SVG(width: Int(width), height: Int(Double(rows) * ErrorSheet.cellHeight + 74))
        sheet.text(title.shortened(to: 70), x: width / 2, y: 22, anchor: .middle, size: 13)
        sheet.text(
            mistakes.isEmpty ? "no mistakes" : "green: the right class, red: the answer, with their probabilities",
            x: width / 2, y: 42, anchor: .middle)
        for (index, mistake) in mistakes.enumerated() {
            let x = Double(index % columns) * ErrorSheet.cellWidth + 16
            let y = Double(index / columns) * ErrorSheet.cellHeight + 56
            try add(mistake, x, y, to: &sheet)
        }
        try sheet.write(to: path)
    }

    private func add(_ mistake: Mistakes.Mistake, _ x: Double, _ y: Double, to sheet: inout SVG) throws {
        let picture = try pictures.picture(at: mistake.picture).picture
        let scale = ErrorSheet.side / Double(max(picture.width, picture.height))
        let (width, height) = (Double(picture.width) * scale, Double(picture.height) * scale)
        let small = try picture.resized(
            width: max(1, Int(width.rounded())), height: max(1, Int(height.rounded())),
            filter: scale > 1 ? .nearest : .bilinear)
        sheet.image(
            png: try PNGEncoder.encode(small), x: x + (ErrorSheet.side - width) / 2, y: y + ErrorSheet.side - height,
            width: width, height: height)
        let file = pictures.name(at: mistake.picture).split(separator: "/").last.map(String.init) ?? ""
        let lines = [
            (file, "#555"),
            (
                "\(name(mistake.expected, mistake.answer)) \(fixed(Double(mistake.expectedProbability), 3))",
                ErrorSheet.green
            ),
            (
                "\(name(mistake.answer, mistake.expected)) \(fixed(Double(mistake.answerProbability), 3))",
                ErrorSheet.red
            ),
        ]
        for (number, (text, fill)) in lines.enumerated() {
            sheet.text(
                text.shortened(to: ErrorSheet.longestName), x: x, y: y + ErrorSheet.side + 16 + 16 * Double(number),
                fill: fill)
        }
    }

    /// The first of a class's names, so that the probability has space; with the number if the other class has it too.
    private func name(_ index: Int, _ other: Int) -> String {
        guard let names, index < names.count else { return "class \(index)" }
        func first(_ text: String) -> String { text.split(separator: ",").first.map(String.init) ?? text }
        let isUnclear = other < names.count && first(names[other]) == first(names[index])
        return first(names[index]).shortened(to: 20) + (isUnclear ? " (\(index))" : "")
    }
}
#endif
