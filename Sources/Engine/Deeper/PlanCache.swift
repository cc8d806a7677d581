internal import DeeperExecution
internal import DeeperGraphs
internal import DeeperKernels
internal import DeeperTensors
internal import Synchronization

/// The plans for the most recently used input shapes. Callers that ask for the same plan at the same time prepare it
/// once.
final class PlanCache: Sendable {
    private struct Entry: Sendable {
        let types: [TensorType]
        let plan: Plan
    }

    private let graph: Graph
    private let options: KernelOptions
    private let memoryLimitBytes: Int
    private let capacity: Int
    private let packed: PackedWeights
    private let threads: Int
    /// Inputs whose values determine shapes or are weights: plans keep them.
    let valueInputs: Set<ValueID>
    // Most recently used last.
    private let entries = Mutex<[Entry]>([])
    // Held while a plan is made, so that equal requests wait for it instead of repeating the work.
    private let preparing = Mutex<Void>(())

    init(
        _ graph: Graph, options: KernelOptions, memoryLimitBytes: Int, capacity: Int, packed: PackedWeights,
        threads: Int
    ) {
        self.graph = graph
        self.options = options
        self.memoryLimitBytes = memoryLimitBytes
        self.capacity = max(1, capacity)
        self.packed = packed
        self.threads = threads
        self.valueInputs = graph.valueDependentInputs()
    }

    /// The plan for these inputs, in the graph's order.
    func plan(for inputs: [Tensor]) throws -> Plan {
        if let plan = try find(inputs) { return plan }
        return try preparing.withLock { _ in
            if let plan = try find(inputs) { return plan }
            let plan = try prepare(inputs, packed: packed)
            entries.withLock { entries in
                if entries.count >= capacity { entries.removeFirst().plan.retire() }
                entries.append(Entry(types: inputs.map { TensorType($0.elementType, $0.shape) }, plan: plan))
            }
            return plan
        }
    }

    /// The plans that are ready, the most recently used last.
    var prepared: [Plan] { entries.withLock { $0.map(\.plan) } }

    /// Marks all plans as no longer used by new calls.
    func retire() { entries.withLock { for entry in $0 { entry.plan.retire() } } }

    private func find(_ inputs: [Tensor]) throws -> Plan? {
        try entries.withLock { entries in
            guard let index = try entries.lastIndex(where: { try matches($0, inputs) }) else { return nil }
            let entry = entries[index]
            if index != entries.count - 1 {
                entries.remove(at: index)
                entries.append(entry)
            }
            return entry.plan
        }
    }

    private func matches(_ entry: Entry, _ inputs: [Tensor]) throws -> Bool {
        for (type, input) in zip(entry.types, inputs)
        where type.elementType != input.elementType || type.shape != input.shape { return false }
        return try entry.plan.fixedInputs.allSatisfy { index, value in
            try value.isIdentical(to: inputs[index])
        }
    }

    /// Makes a plan without keeping it.
    ///
    /// - Parameter packed: as for ``Planner``.
    func prepare(
        _ inputs: [Tensor], packed: PackedWeights?, beforePacking: (Preparation) -> Void = { _ in }
    ) throws -> Plan {
        let open = graph.inputs.filter { graph.constants[$0.value] == nil }
        var given: [String: TensorType] = [:]
        var values: [ValueID: Tensor] = [:]
        for (input, tensor) in zip(open, inputs) {
            given[graph.name(of: input.value)] = TensorType(tensor.elementType, tensor.shape)
            if valueInputs.contains(input.value) { values[input.value] = tensor }
        }
        return try Planner.plan(
            graph, inputs: try graph.bind(given), values: values, options: options, memoryLimitBytes: memoryLimitBytes,
            packed: packed, threads: threads, beforePacking: beforePacking)
    }
}
