#if Server
internal import DeeperMetrics

extension PrometheusRegistry {
    /// A registry that knows the server's metrics.
    static func forServing() -> PrometheusRegistry {
        PrometheusRegistry(descriptions: [
            "deeper_requests_total": Description("Inference requests by how they ended."),
            "deeper_inferences_total": Description("Rows computed."),
            "deeper_executions_total": Description("Batches computed."),
            "deeper_queue_seconds": Description("Time that answered requests waited for their batch."),
            "deeper_compute_seconds": Description("Time that batches took to compute."),
            "deeper_request_seconds": Description("Time from a request's acceptance to its answer."),
            "deeper_batch_rows": Description(
                "Rows of the computed batches.", buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256]),
            "deeper_queue_waiting": Description("Requests that wait."),
            "deeper_http_responses_total": Description("HTTP responses by status."),
            "deeper_grpc_responses_total": Description("gRPC responses by status."),
            "deeper_connections": Description("Open connections by protocol."),
            "deeper_held_bytes": Description("Bytes held for requests, answers and intermediate data."),
            "deeper_held_limit_bytes": Description("The most bytes that requests and answers may take."),
            "deeper_weight_bytes": Description("Bytes of the models' weights, about."),
            "process_cpu_seconds_total": Description("CPU time of the process."),
            "process_virtual_memory_bytes": Description("Virtual memory of the process."),
            "process_resident_memory_bytes": Description("Resident memory of the process."),
            "process_start_time_seconds": Description("Start time of the process in seconds since 1970."),
            "process_open_fds": Description("Open file descriptors."),
            "process_max_fds": Description("The most file descriptors that may be open."),
        ])
    }
}
#endif
