#if Server
internal import DeeperMetrics
internal import FoundationEssentials
internal import Glibc
internal import Metrics

/// The metrics that Prometheus's client libraries report for every process, under the same names.
enum ProcessMetrics {
    static func record(in registry: PrometheusRegistry) {
        func gauge(_ name: String, _ value: Double) { Gauge(label: name, factory: registry).record(value) }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        if let fields = Self.fields() {
            gauge("process_cpu_seconds_total", (fields[11] + fields[12]) / ticks)
            gauge("process_virtual_memory_bytes", fields[20])
            gauge("process_resident_memory_bytes", fields[21] * Double(sysconf(Int32(_SC_PAGESIZE))))
            gauge("process_start_time_seconds", bootTime() + fields[19] / ticks)
        }
        if let count = FileDescriptors.openCount { gauge("process_open_fds", Double(count)) }
        if let limit = FileDescriptors.limit { gauge("process_max_fds", Double(limit)) }
    }

    /// The fields of /proc/self/stat after the command's name: field 3 of proc(5) is index 0 here.
    private static func fields() -> [Double]? {
        guard let data = FileManager.default.contents(atPath: "/proc/self/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        return fields.count > 21 ? fields : nil
    }

    private static func bootTime() -> Double {
        var (now, running) = (timespec(), timespec())
        clock_gettime(CLOCK_REALTIME, &now)
        clock_gettime(CLOCK_BOOTTIME, &running)
        return Double(now.tv_sec - running.tv_sec) + Double(now.tv_nsec - running.tv_nsec) / 1e9
    }
}
#endif
