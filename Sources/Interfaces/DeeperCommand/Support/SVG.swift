#if CommandLine
import DeeperCommandSupport
import DeeperTensors
import FoundationEssentials

/// A picture of lines, boxes, dots and text.
struct SVG {
    private let width: Int
    private let height: Int
    private var elements: [String] = []

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    enum Anchor: String {
        case start, middle, end
    }

    /// - Parameter degrees: clockwise, around the text's position.
    mutating func text(
        _ text: String, x: Double, y: Double, anchor: Anchor = .start, size: Int = 12, fill: String = "black",
        degrees: Int = 0
    ) {
        let turn = degrees == 0 ? "" : " transform=\"rotate(\(degrees) \(fixed(x, 1)) \(fixed(y, 1)))\""
        elements.append(
            "<text\(turn) fill=\"\(fill)\" x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" text-anchor=\"\(anchor.rawValue)\" font-size=\"\(size)\">"
                + "\(SVG.escaped(text))</text>")
    }

    mutating func box(
        x: Double, y: Double, width: Double, height: Double, fill: String, stroke: String = "none", title: String = ""
    ) {
        elements.append(
            "<rect x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" width=\"\(fixed(width, 1))\" "
                + "height=\"\(fixed(height, 1))\" fill=\"\(fill)\" stroke=\"\(stroke)\">"
                + "<title>\(SVG.escaped(title))</title></rect>")
    }

    /// A picture, whose PNG file is a part of this one.
    mutating func image(png: [UInt8], x: Double, y: Double, width: Double, height: Double) {
        elements.append(
            "<image x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" width=\"\(fixed(width, 1))\" "
                + "height=\"\(fixed(height, 1))\" href=\"data:image/png;base64,\(Data(png).base64EncodedString())\"/>")
    }

    mutating func line(_ points: [(x: Double, y: Double)], stroke: String = "#444") {
        let list = points.map { "\(fixed($0.x, 1)),\(fixed($0.y, 1))" }.joined(separator: " ")
        elements.append("<polyline points=\"\(list)\" fill=\"none\" stroke=\"\(stroke)\"/>")
    }

    mutating func dot(x: Double, y: Double, fill: String, title: String) {
        elements.append(
            "<circle cx=\"\(fixed(x, 1))\" cy=\"\(fixed(y, 1))\" r=\"4\" fill=\"\(fill)\">"
                + "<title>\(SVG.escaped(title))</title></circle>")
    }

    func write(to path: String) throws {
        let head =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
            + "viewBox=\"0 0 \(width) \(height)\" font-family=\"sans-serif\">"
        let all = [head, "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"] + elements + ["</svg>"]
        do {
            try Data((all.joined(separator: "\n") + "\n").utf8).write(
                to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DeeperError(.fileNotFound, "cannot be written: \(fileReason(error))").within(path)
        }
    }

    static func escaped(_ text: String) -> String {
        // XML has no other control characters.
        text.filter { !$0.unicodeScalars.contains { $0.value < 32 && $0 != "\n" && $0 != "\t" } }.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }
}
#endif
