#if Server
internal import DeeperInferenceProtocol
internal import DeeperTensors
internal import Tracing

/// One request in the scheduler, whose lock guards all mutable properties.
final class InferenceCall: @unchecked Sendable {
    enum State { case new, waiting, running, done }

    let request: InferenceRequest
    let model: ServedModel
    let rows: Int
    let enqueued = nanosecondsNow()
    /// The time after which the answer is of no use, on the clock of ``enqueued``.
    let deadline: Int?
    let context: ServiceContext?
    var state = State.new
    var isCancelled = false
    var continuation: CheckedContinuation<ModelAnswer, any Error>?
    var queueSpan: (any Span)?
    /// The time at which its batch was put together.
    var started = 0

    init(_ request: InferenceRequest, model: ServedModel, rows: Int, deadline: Int?, context: ServiceContext?) {
        self.request = request
        self.model = model
        self.rows = rows
        self.deadline = deadline
        self.context = context
    }

    /// Whether both calls may be rows of one batch: their inputs are equal except for the first dimension.
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

/// The part of a batch's results that belongs to one request.
public struct ModelAnswer: Sendable {
    /// The tensors of the whole batch, by name.
    let tensors: [String: Tensor]
    let rows: Range<Int>
    /// The number of rows of the whole batch.
    public let rowCount: Int
    /// The claim for the memory of the tensors.
    public let memory: ByteBudget.Claim
}
#endif
