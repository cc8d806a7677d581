#if CommandLine && Server
import ArgumentParser
import FoundationEssentials
import Glibc
import Logging

/// Writes log lines to standard error: as text for people, or as JSON with one object per line.
struct ConsoleLogHandler: LogHandler {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let format: Format
    private let writer: LineWriter

    init(level: Logger.Level, format: Format, writer: LineWriter) {
        logLevel = level
        self.format = format
        self.writer = writer
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// The current time in the format of the log lines.
    static var time: String { Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let time = ConsoleLogHandler.time
        switch format {
        case .text:
            let facts = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            writer.write("\(time) \(event.level.rawValue) \(event.message)\(facts)")
        case .json:
            var fields = all.mapValues { "\($0)" }
            fields["time"] = time
            fields["level"] = event.level.rawValue
            fields["message"] = "\(event.message)"
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let line = try? encoder.encode(fields) else { return }
            writer.write(String(decoding: line, as: UTF8.self))
        }
    }
}
#endif
