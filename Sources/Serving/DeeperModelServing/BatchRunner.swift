#if Server
internal import Deeper
internal import DeeperInferenceProtocol
internal import DeeperTensors

/// Computes a batch and gives each of its calls its part of the result.
enum BatchRunner {
    /// - Parameters:
    ///   - batch: calls of one model that may join each other.
    ///   - budget: the budget from which the memory of inputs and outputs is claimed.
    ///   - isUnwanted: whether nobody waits for the result any more; called between steps.
    static func results(
        of batch: [InferenceCall], _ budget: ByteBudget, isUnwanted: () -> Bool
    ) -> [Result<ModelAnswer, any Error>] {
        do {
            return try answers(batch, budget, isUnwanted).map { .success($0) }
        } catch {
            // The data of one request may have failed all of them.
            guard batch.count > 1, !(error is CancellationError) else {
                return batch.map { _ in .failure(error) }
            }
            return batch.map { call in Result { try answers([call], budget, isUnwanted)[0] } }
        }
    }

    private static func answers(
        _ batch: [InferenceCall], _ budget: ByteBudget, _ isUnwanted: () -> Bool
    ) throws -> [ModelAnswer] {
        let model = batch[0].model
        let start = nanosecondsNow()
        let memory = budget.claim()
        let copied = batch.reduce(0) { $0 + $1.request.byteCount }
        try memory.add(copied)
        let inputs = try joined(batch)
        let ready = nanosecondsNow()
        let types = try model.engine.plan(for: inputs).outputs.map(\.type)
        try memory.add(types.reduce(0) { $0 + $1.shape.elementCount * $1.elementType.byteCount })
        let outputs = try model.engine.runBlocking(inputs) { if isUnwanted() { throw CancellationError() } }
        let end = nanosecondsNow()
        memory.give(copied)
        let rows = model.maxBatch > 0 ? batch.reduce(0) { $0 + $1.rows } : 1
        if model.maxBatch > 0 {
            for (name, tensor) in outputs where tensor.shape.dimensions.first != rows {
                throw DeeperError(
                    .internalFault, "output \"\(name)\" has shape \(tensor.shape) for a batch of \(rows)")
            }
        }
        model.statistics.ran(
            rows: rows, inputNanoseconds: ready - start, computeNanoseconds: end - ready)
        var first = 0
        return batch.map { call in
            let own = model.maxBatch > 0 ? call.rows : 1
            defer { first += own }
            return ModelAnswer(tensors: outputs, rows: first..<first + own, rowCount: rows, memory: memory)
        }
    }

    /// The inputs of all calls, one after another.
    private static func joined(_ batch: [InferenceCall]) throws -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for input in batch[0].request.inputs {
            let parts = batch.compactMap { call in call.request.inputs.first { $0.name == input.name } }
            // A tensor is read in place.
            if parts.count == 1, let tensor = input.content as? Tensor {
                result[input.name] = tensor
                continue
            }
            var extents = input.shape.dimensions
            if parts.count > 1 { extents[0] = parts.reduce(0) { $0 + ($1.shape.dimensions.first ?? 0) } }
            result[input.name] = try tensor(
                input.elementType, try Shape(validating: extents), of: parts.map(\.content))
        }
        return result
    }

    /// Elements from several places, one after another.
    static func tensor(
        _ elementType: ElementType, _ shape: Shape, of parts: [any TensorContent]
    ) throws -> Tensor {
        try Tensor(elementType, shape: shape) { target in
            var offset = 0
            for part in parts {
                try part.copy(into: UnsafeMutableRawBufferPointer(rebasing: target[offset...]))
                offset += part.byteCount
            }
            // Kernels compare and copy booleans as bytes.
            if elementType == .bool { for index in 0..<offset where target[index] > 1 { target[index] = 1 } }
        }
    }
}
#endif
