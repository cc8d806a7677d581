#if Server
internal import Deeper
internal import DeeperGraphs
internal import DeeperInferenceProtocol
internal import DeeperTensors

/// A model's inputs and outputs as clients see them, and whether the first dimension of all of them is a batch.
struct ModelPorts {
    let inputs: [ModelDescription.Port]
    let outputs: [ModelDescription.Port]
    let hasBatch: Bool

    init(of engine: Engine) throws {
        let graph = engine.model.graph
        let inputs = graph.inputs.filter { graph.constants[$0.value] == nil }.map { input in
            ModelDescription.Port(
                name: graph.name(of: input.value), elementType: input.type.elementType,
                shape: (input.type.dimensions ?? []).map { if case .fixed(let extent) = $0 { extent } else { -1 } })
        }
        let shapes = try? graph.symbolicShapes()
        let types = try? graph.inferTypes(try graph.plausibleTypes())
        self.inputs = inputs
        self.outputs = graph.outputs.map { value in
            let shape = shapes?[value].map { dimensions in
                dimensions.map { if case .fixed(let extent) = $0 { extent } else { -1 } }
            }
            return ModelDescription.Port(
                name: graph.name(of: value),
                elementType: types?.knownType(value)?.elementType ?? graph.declaredOutputs[value]?.elementType
                    ?? .float32,
                shape: shape ?? types?.knownType(value)?.shape.dimensions ?? [-1])
        }
        let firsts = engine.model.inputs.map { $0.type?.dimensions?.first }
        let symbol: String? =
            switch firsts.first {
            case .symbol(let name)?: name
            case .unknown?: "N"
            default: nil
            }
        let isShared = firsts.allSatisfy { $0 == firsts.first }
        let isKept = engine.model.inputs.contains { engine.keeps(inputNamed: $0.name) }
        self.hasBatch =
            symbol.map { symbol in
                isShared && !isKept && !graph.outputs.isEmpty
                    && graph.outputs.allSatisfy {
                        shapes?[$0]?.first == .linear(factor: 1, symbol: symbol, offset: 0)
                    }
            } ?? false
    }
}
#endif
