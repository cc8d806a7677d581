public import DeeperTensors

extension Engine {
    /// Does everything that the first call would otherwise do: packs weights, reserves memory, starts threads and runs
    /// the model once on made-up inputs. Call it before a server reports that it is ready.
    ///
    /// - Parameters:
    ///   - batch: the number of pictures for which to prepare, if the model leaves it open.
    ///   - extent: the height and width for which to prepare, where the model leaves them open. Nil takes an extent
    ///     that fits the network.
    /// - Throws: as ``run(_:deadline:)``; `invalidInput` if an input declares no shape: prepare with ``prepare(for:)``.
    public func prepare(batch: Int = 1, extent: Int? = nil) async throws {
        try await queued(nil) { stop in
            _ = try self.perform(self.model.seededInputs(batch: batch, extent: extent), stop: stop)
        }
    }

    /// Prepares for inputs of the shapes and types of these tensors, and runs the model on them once.
    public func prepare(for inputs: [String: Tensor]) async throws { _ = try await run(inputs) }

    /// The same as ``prepare(batch:extent:)``, on the calling thread and the engine's workers.
    @available(*, noasync, message: "use `try await prepare()`")
    public func prepareBlocking(batch: Int = 1, extent: Int? = nil) throws {
        _ = try runBlocking(model.seededInputs(batch: batch, extent: extent))
    }
}
