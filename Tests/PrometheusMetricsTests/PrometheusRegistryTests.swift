#if Server
import DeeperMetrics
import Metrics
import Testing

/// The text format of https://prometheus.io/docs/instrumenting/exposition_formats/.
struct PrometheusRegistryTests {
    @Test("counters, gauges and histograms are written with help, type and labels, in order")
    func text() {
        let registry = PrometheusRegistry(descriptions: [
            "t_seconds": .init("Time.\nSecond line \\ end", buckets: [0.5, 2])
        ])
        Counter(label: "b_total", dimensions: [("k", "a\"b\\c\nd")], factory: registry).increment(by: 2)
        Meter(label: "a", factory: registry).set(1.5)
        let timer = Timer(label: "t_seconds", dimensions: [("m", "x")], factory: registry)
        for nanoseconds in [100_000_000, 500_000_000, 600_000_000, 9_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        #expect(
            registry.text == """
                # HELP a a
                # TYPE a gauge
                a 1.5
                # HELP b_total b_total
                # TYPE b_total counter
                b_total{k="a\\"b\\\\c\\nd"} 2.0
                # HELP t_seconds Time.\\nSecond line \\\\ end
                # TYPE t_seconds histogram
                t_seconds_bucket{m="x",le="0.5"} 2
                t_seconds_bucket{m="x",le="2.0"} 3
                t_seconds_bucket{m="x",le="+Inf"} 4
                t_seconds_sum{m="x"} 10.2
                t_seconds_count{m="x"} 4

                """)
    }

    @Test("one name and labels are one series, whoever makes it; names become what Prometheus allows")
    func same() {
        let registry = PrometheusRegistry()
        for _ in 0..<3 { Counter(label: "my-count er", dimensions: [("a-b", "1")], factory: registry).increment() }
        #expect(registry.text.contains("my_count_er{a_b=\"1\"} 3.0\n"))
    }

    @Test("a name keeps its first kind, and a destroyed metric goes")
    func kinds() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "x", factory: registry)
        counter.increment()
        Meter(label: "x", factory: registry).set(7)
        #expect(registry.text.contains("x 1.0\n") && !registry.text.contains("7"))
        counter.destroy()
        #expect(registry.text.isEmpty)
    }
}
#endif
