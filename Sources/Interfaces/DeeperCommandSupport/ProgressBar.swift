#if CommandLine
import Glibc

/// A line on standard error that says how far long work has come; silent where nobody looks.
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
        let percent = done * 100 / total
        guard isShown, percent != lastPercent else { return }
        lastPercent = percent
        let width = 30
        let filled = width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let elapsed = ContinuousClock.now - start
        let left = done > 0 ? elapsed * (total - done) / done : .zero
        Console.write("\r[\(bar)] \(done)/\(total) \(note) \(left.components.seconds) s left   ", to: STDERR_FILENO)
    }

    /// Says what is done, where nobody knows how much of it there is.
    package func show(_ note: String) {
        if isShown { Console.write("\r\u{1B}[K\(note.prefix(100))", to: STDERR_FILENO) }
    }

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
