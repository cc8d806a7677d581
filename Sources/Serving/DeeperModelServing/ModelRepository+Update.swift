#if Server
internal import DeeperInferenceProtocol
internal import Logging
internal import Synchronization

extension ModelRepository {
    /// Applies changes of sources and files: reads models that appeared, reloads those that changed and unloads those
    /// that were removed. Failures are logged; the old model then stays.
    ///
    /// - Parameter sources: all models that should be served.
    public func update(_ sources: [ModelSource]) async {
        var wanted: [String: ModelSource] = [:]
        var invalid: Set<String> = []
        for source in sources {
            do {
                try source.validate()
                wanted[source.name] = source
            } catch {
                invalid.insert(source.name)
                logger.error(
                    "the new source of a model is invalid",
                    metadata: ["model": "\(source.name)", "error": "\(error)"])
            }
        }
        for name in names where wanted[name] == nil && !invalid.contains(name) {
            try? unload(name)
            slots.withLock { $0[name] = nil }
        }
        for (name, source) in wanted.sorted(by: { $0.key < $1.key }) where await isChanged(source) {
            do {
                try await load(name, keepingUnchanged: true)
            } catch let error as ServingError where error.kind == .unavailable {
                // A client is loading it at the moment: the next update checks again. Other errors are logged there.
                logger.warning("model not taken over", metadata: ["model": "\(name)", "error": "\(error)"])
            } catch {}
        }
    }

    /// Applies a source. Returns whether its model has to be read.
    private func isChanged(_ source: ModelSource) async -> Bool {
        let files = (try? await loader.run { try ModelFile.files(of: source) }) ?? []
        return slots.withLock { slots in
            guard let known = slots[source.name] else {
                slots[source.name] = ModelSlot(source: source, isRequired: false, generation: nextGeneration())
                return true
            }
            slots[source.name]?.source = source
            return known.readSource != source || known.files != files
        }
    }
}
#endif
