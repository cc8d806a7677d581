#if CommandLine
import Glibc

/// A line on standard error that shows the progress of long work; silent unless standard error is a terminal.
package struct ProgressBar {
    private let total: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var lastPercent = -1

    package init(total: Int) {
        self.total = max(1, total)
        isShown = isatty(STDERR_FILENO) == 1
    }

    package mutating func update(_ done: Int, _ note: String = "") {
        let done = min(max(0, done), total)
        let percent = done * 100 / total
        guard isShown, percent != lastPercent else { return }
        lastPercent = percent
        let elapsed = ContinuousClock.now - start
        let left = done > 0 ? elapsed * (total - done) / done : .zero
        let text = " \(done)/\(total) \(note.isEmpty ? "" : note + " ")\(left.components.seconds) s left"
        // The bar fills the columns that the text leaves; the last one stays free, or terminals would begin a new line.
        let width = min(30, ProgressBar.columns - text.count - 2)
        let filled = max(0, width) * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: max(0, width) - filled)
        let line = width < 5 ? text.trimmed : "[\(bar)]" + text
        Console.write("\r" + line.shortened(to: ProgressBar.columns) + "\u{1B}[K", to: STDERR_FILENO)
    }

    /// Shows what is being done, for work whose total amount is unknown.
    package func show(_ note: String) {
        if isShown { Console.write("\r\u{1B}[K" + note.shortened(to: ProgressBar.columns), to: STDERR_FILENO) }
    }

    private static var columns: Int { (Console.columns(of: STDERR_FILENO) ?? 80) - 1 }

    /// Clears the line for other text; the next update draws the bar again.
    package mutating func clear() {
        finish()
        lastPercent = -1
    }

    package func finish() {
        if isShown { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}
#endif
