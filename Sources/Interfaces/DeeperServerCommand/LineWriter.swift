#if CommandLine && Server
import DeeperCommandSupport
import DeeperTensors
import DeeperThreads
import Glibc

/// Writes lines to a file from its own thread, so that a reader that has stopped, of a pipe for example, never blocks
/// the code that logs. Lines beyond a limit are dropped; the next line is preceded by one that says how many.
final class LineWriter: @unchecked Sendable {
    private static let largestByteCount = 1 << 20

    private let monitor = Monitor()
    private var lines: [String] = []
    private var byteCount = 0
    private var dropped = 0
    private var isWriting = false
    private var file: Int32
    /// Replaces `file` before the next line is written.
    private var nextFile: Int32?
    private let path: String?
    private let dropNotice: @Sendable (Int) -> String

    /// Writes to a file that is already open.
    ///
    /// - Parameter dropNotice: the line that says how many were dropped.
    init(_ file: Int32, dropNotice: @escaping @Sendable (Int) -> String) throws {
        self.file = file
        self.dropNotice = dropNotice
        path = nil
        try start()
    }

    /// Appends to a file.
    ///
    /// - Throws: `fileNotFound` if it cannot be opened.
    init(appendingTo path: String, dropNotice: @escaping @Sendable (Int) -> String) throws {
        self.dropNotice = dropNotice
        file = try LineWriter.open(path)
        self.path = path
        try start()
    }

    private static func open(_ path: String) throws -> Int32 {
        let file = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard file >= 0 else {
            throw DeeperError(.fileNotFound, "cannot be written: \(String(cString: strerror(errno)))").within(path)
        }
        return file
    }

    /// Reopens the file after it was moved, as log rotation does.
    ///
    /// - Throws: `fileNotFound`; lines then continue to go to the old file.
    func reopen() throws {
        guard let path else { return }
        let fresh = try LineWriter.open(path)
        monitor.withLock {
            if let nextFile { close(nextFile) }
            nextFile = fresh
        }
    }

    func write(_ line: String) {
        monitor.withLock {
            guard byteCount + line.utf8.count <= Self.largestByteCount else {
                dropped += 1
                return
            }
            if dropped > 0 {
                lines.append(dropNotice(dropped))
                dropped = 0
            }
            lines.append(line)
            byteCount += line.utf8.count
            monitor.broadcast()
        }
    }

    /// Waits until all lines are written, but no longer than the given time, in case the reader has stopped.
    func finish(milliseconds: Int = 500) {
        var left = milliseconds
        monitor.withLock {
            while left > 0, !lines.isEmpty || isWriting {
                monitor.wait(milliseconds: 10)
                left -= 10
            }
        }
    }

    private func start() throws { try SystemThread(name: "deeper-log") { self.run() }.detach() }

    private func run() {
        while true {
            let (text, target): (String, Int32) = monitor.withLock {
                isWriting = false
                monitor.broadcast()
                while lines.isEmpty { monitor.wait() }
                isWriting = true
                if let next = nextFile {
                    close(file)
                    (file, nextFile) = (next, nil)
                }
                let text = lines.joined(separator: "\n")
                lines = []
                byteCount = 0
                return (text, file)
            }
            Console.write(text + "\n", to: target)
        }
    }
}
#endif
