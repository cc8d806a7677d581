#if Server
public import CoreMetrics
internal import Synchronization

/// A metrics factory that keeps the metrics of swift-metrics in memory and writes them in Prometheus's text format.
///
/// Counters become counters, meters and plain recorders become gauges, timers become histograms in seconds, and
/// aggregating recorders become histograms. A label is the metric's name, which should contain its unit, as in
/// `deeper_queue_seconds`.
public final class PrometheusRegistry: Sendable {
    /// The help text and the buckets of a metric.
    public struct Description: Sendable {
        public let help: String
        /// Upper bounds of a histogram's buckets, in ascending order.
        public let buckets: [Double]?

        public init(_ help: String, buckets: [Double]? = nil) {
            self.help = help
            self.buckets = buckets
        }
    }

    /// Buckets for durations, from half a millisecond to ten seconds.
    public static let durationBuckets = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private struct Family {
        let kind: Series.Kind
        var series: [String: Series] = [:]
    }

    private let descriptions: [String: Description]
    private let families = Mutex<[String: Family]>([:])

    /// - Parameter descriptions: descriptions by the metric's name.
    public init(descriptions: [String: Description] = [:]) { self.descriptions = descriptions }

    /// All metrics, in order of their names.
    public var text: String {
        let families = families.withLock { $0 }
        var result = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            result += "# HELP \(name) \(escapedHelp(descriptions[name]?.help ?? name))\n"
            result += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                result += series.lines(name, labels)
            }
        }
        return result
    }

    /// The series with these labels, created if it is new. A name keeps the kind that it had first.
    func series(_ kind: Series.Kind, _ label: String, _ dimensions: [(String, String)]) -> Series {
        let name = sanitized(label, colon: true)
        let labels = dimensions.map { "\(sanitized($0.0, colon: false))=\"\(escapedLabel($0.1))\"" }
            .joined(separator: ",")
        let buckets = kind == .histogram ? descriptions[name]?.buckets ?? PrometheusRegistry.durationBuckets : []
        return families.withLock { families in
            let family = families[name] ?? Family(kind: kind)
            guard family.kind == kind else { return Series(kind, buckets: buckets) }
            if let known = family.series[labels] { return known }
            let fresh = Series(kind, buckets: buckets)
            families[name, default: family].series[labels] = fresh
            return fresh
        }
    }

    func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                let rest = family.series.filter { $0.value !== handler }
                families[name] = rest.isEmpty ? nil : Family(kind: family.kind, series: rest)
            }
        }
    }

    private func sanitized(_ name: String, colon: Bool) -> String {
        let text = name.unicodeScalars.map { scalar -> String in
            let isFit = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isFit || scalar == "_" || (colon && scalar == ":") ? String(scalar) : "_"
        }.joined()
        return text.first?.isNumber == false ? text : "_" + text
    }

    private func escapedLabel(_ text: String) -> String {
        escapedHelp(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
    }

    private func escapedHelp(_ text: String) -> String {
        text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    }
}

extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { series(.counter, label, dimensions) }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler { series(aggregate ? .histogram : .gauge, label, dimensions) }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(.histogram, label, dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
#endif
