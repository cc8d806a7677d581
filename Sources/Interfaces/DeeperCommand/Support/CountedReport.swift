#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperCounting
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// What the kernels executed in one run, compared with what the formulas say.
struct CountedReport: Encodable {
    let model: String
    let batch: Int
    let instructionSet: String
    let steps: [Step]
    let total: Step
    /// MACs of the network as stored in its file; passes may remove some.
    let networkMacs: Int

    struct Step: Encodable {
        let name: String
        let operatorName: String
        let lowering: String
        let macs: Int
        let directMacs: Int
        let winogradMultiplications: Int
        let executed: ExecutedOperations
        let isEqual: Bool

        enum CodingKeys: String, CodingKey {
            case name, lowering, macs, executed
            case operatorName = "operator"
            case directMacs = "direct_macs"
            case winogradMultiplications = "winograd_multiplications"
            case isEqual = "equal"
        }
    }

    enum CodingKeys: String, CodingKey {
        case model, batch, steps, total
        case instructionSet = "isa"
        case networkMacs = "network_macs"
    }

    init(_ model: Model, _ name: String, batch: Int?, extent: Int?, options: EngineOptions) throws {
        var options = options
        options.countsOperations = true
        let engine = try Engine(model, options: options)
        let inputs = try model.seededInputs(batch: batch ?? 1, extent: extent)
        for (input, tensor) in inputs where tensor.shape.rank == 4 {
            let shape = tensor.shape
            guard batch.map({ $0 == shape[0] }) ?? true, extent.map({ [$0, $0] == shape.dimensions[2...] }) ?? true
            else {
                throw DeeperError(.invalidInput, "the model fixes its input \"\(input)\" at \(shape)").within(name)
            }
        }
        let counts = try engine.countOperations(inputs)
        self.model = name
        self.batch = inputs.values.first?.shape.dimensions.first ?? 1
        instructionSet = (options.instructionSet ?? .best).rawValue
        steps = counts.filter { $0.macCount > 0 || $0.executed.calls > 0 }.map { count in
            Step(
                name: count.name, operatorName: count.operatorName, lowering: count.lowering, macs: count.macCount,
                directMacs: count.directMacs, winogradMultiplications: count.winogradMultiplications,
                executed: count.executed, isEqual: count.isEqual)
        }
        total = Step(
            name: "total", operatorName: "", lowering: "", macs: steps.reduce(0) { $0 + $1.macs },
            directMacs: steps.reduce(0) { $0 + $1.directMacs },
            winogradMultiplications: steps.reduce(0) { $0 + $1.winogradMultiplications },
            executed: steps.reduce(ExecutedOperations()) { $0 + $1.executed }, isEqual: steps.allSatisfy(\.isEqual))
        let types = model.graph.inputs.compactMap { input in
            inputs[model.graph.name(of: input.value)].map { (input.value, TensorType($0.elementType, $0.shape)) }
        }
        let rows = try model.countedGraph().operationRows(Dictionary(types) { first, _ in first })
        guard rows.allSatisfy({ $0.operations.integerMacs == 0 }) else {
            throw DeeperError(.unsupported, "products of 8-bit numbers do not count what they execute").within(name)
        }
        networkMacs = rows.reduce(0) { $0 + $1.macCount }
    }

    func print(_ json: Bool, _ style: TableStyle) throws {
        if json {
            try Console.printJSON(self)
        } else {
            Console.print(table.text(style))
            if style != .csv { Console.print(summary) }
        }
        guard total.isEqual else {
            let names = steps.filter { !$0.isEqual }.map(\.name).joined(separator: ", ")
            throw DeeperError(.internalFault, "kernels executed something other than what the formulas say: \(names)")
        }
    }

    private var table: TextTable {
        var table = TextTable(
            "step", "lowering", ">MACs", ">executed directly", ">in padding columns", ">repeated", ">skipped",
            ">Winograd", ">by formula", ">transforms", ">copied B", "")
        for step in steps + [total] {
            let executed = step.executed
            func text(_ count: Int) -> String { count == 0 ? "" : count.grouped }
            table.add(
                step.name, step.lowering, text(step.macs), text(executed.macs), text(executed.paddingMacs),
                text(executed.repeatedMacs), text(executed.skippedMacs), text(executed.winogradMultiplications),
                text(step.winogradMultiplications),
                text(executed.transformAdditions + executed.transformMultiplications), text(executed.copiedBytes),
                step.isEqual ? "equal" : "DIFFERENT")
        }
        return table
    }

    private var summary: String {
        let executed = total.executed
        let replaced = total.macs - total.directMacs
        var lines = [
            "\(instructionSet): executed directly \(executed.formulaMacs.grouped) MACs without padding columns and "
                + "repeated rows, by formula \(total.directMacs.grouped)"
        ]
        if replaced > 0 {
            let saving = Double(replaced) / Double(executed.winogradMultiplications)
            lines.append(
                "Winograd: \(executed.winogradMultiplications.grouped) multiplications for \(replaced.grouped) MACs, "
                    + "\(fixed(saving, 2)) times fewer; transforms: \(executed.transformAdditions.grouped) additions, "
                    + "\(executed.transformMultiplications.grouped) multiplications by constants")
        }
        if networkMacs != total.macs {
            lines.append("the network as stored in its file: \(networkMacs.grouped) MACs")
        }
        return lines.joined(separator: "\n")
    }
}
#endif
