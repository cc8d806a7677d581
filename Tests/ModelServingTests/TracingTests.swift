#if Server
import DeeperInferenceProtocol
import InMemoryTracing
import Testing
import Tracing

@testable import DeeperModelServing

/// The spans that a tracer of swift-distributed-tracing receives.
@Suite(.timeLimit(.minutes(1)))
struct TracingTests {
    @Test("a request has a span for its wait and one for its computation, below its caller's")
    func spans() async throws {
        let tracer = InMemoryTracer()
        let fixture = try Fixture(tracer: tracer)
        let request = try fixture.request(seed: 1)
        let caller = tracer.startSpan("caller", context: .topLevel)
        try await ServiceContext.withValue(caller.context) { _ = try await fixture.answer(request) }
        caller.end()
        // The computation's ends when everybody was answered.
        while tracer.finishedSpans.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
        for name in ["deeper.queue", "deeper.infer"] {
            let span = try #require(tracer.finishedSpans.first { $0.operationName == name })
            #expect(span.parentSpanID == caller.spanID && span.traceID == caller.traceID)
            #expect(span.attributes["deeper.model"]?.toSpanAttribute() == .string("m"))
            #expect(span.errors.isEmpty)
        }
    }
}
#endif
