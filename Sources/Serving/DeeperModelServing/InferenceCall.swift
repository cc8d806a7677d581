#if Server
internal import DeeperInferenceProtocol
internal import DeeperTensors
internal import Tracing

/// One request on its way through the scheduler, whose lock guards all that changes.
final class InferenceCall: @unchecked Sendable {
    enum State { case new, waiting, running, done }

    let request: InferenceRequest
    let model: ServedModel
    let rows: Int
    let enqueued = nanosecondsNow()
    /// When the answer is of no use any more, as ``enqueued`` counts.
    let deadline: Int?
    let context: ServiceContext?
    var state = State.new
    var isCancelled = false
    var continuation: CheckedContinuation<ModelAnswer, any Error>?
    var queueSpan: (any Span)?
    /// When its batch was put together.
    var started = 0

    init(_ request: InferenceRequest, model: ServedModel, rows: Int, deadline: Int?, context: ServiceContext?) {
        self.request = request
        self.model = model
        self.rows = rows
        self.deadline = deadline
        self.context = context
    }

    /// Whether both may be rows of one batch: equal but for the first dimension.
    func joins(_ other: InferenceCall) -> Bool {
        guard model === other.model, model.preferredBatch > 1 else { return false }
        return request.inputs.allSatisfy { input in
            other.request.inputs.contains {
                $0.name == input.name && $0.elementType == input.elementType
                    && $0.shape.dimensions.dropFirst() == input.shape.dimensions.dropFirst()
            }
        }
    }
}

/// A request's part of what its batch computed.
public struct ModelAnswer: Sendable {
    /// The tensors of the whole batch, by name.
    let tensors: [String: Tensor]
    let rows: Range<Int>
    /// Rows of the batch that it was computed in.
    public let rowCount: Int
    /// What the tensors take.
    public let memory: ByteBudget.Claim
}
#endif
