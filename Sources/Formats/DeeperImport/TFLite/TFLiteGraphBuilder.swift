import DeeperGraphs
import DeeperTensors

/// Builds a graph from a TFLite file.
///
/// TFLite's values have their channels last, ONNX's operators take them first. Each value is known in one of the two
/// orders or in both: an operator that treats every element alike keeps the order of what it reads, and only where the
/// other order is needed is a Transpose added. A network of convolutions has one at its input, and one where its
/// outputs are flattened.
struct TFLiteGraphBuilder: GraphImporter {
    let file: TFLiteFile
    let constants: TFLiteConstants
    var builder: ImportBuilder
    var values: [Int: TFLiteValue] = [:]
    /// Constants without elements, which take no bytes in the file.
    let empty: Set<Int>
    /// Tensors that are other forms of a constant, such as a dense one.
    var copies: [Int: Int] = [:]
    /// The constants that were added, with the order and the number of their axes, so that each is added once.
    var added: [Form: ValueID] = [:]
    /// The bytes of sparse constants with their zeros.
    var dense: [Int: any TensorSource] = [:]
    /// Complex values as real numbers, with an axis of real and imaginary parts at the end.
    var complexValues: [Int: ValueID] = [:]

    struct Form: Hashable {
        let tensor: Int
        let axes: [Int]?
        let expanded: [Int]?
        let isReal: Bool
    }

    /// The version of ONNX's operators that TFLite's become: the first one with DFT and Gelu as they are now.
    static let opset = 20

    init(_ file: TFLiteFile, _ constants: TFLiteConstants) {
        (self.file, self.constants) = (file, constants)
        let computed = Set(file.inputs + file.operations.flatMap(\.outputs))
        empty = Set(file.tensors.indices.filter { file.tensors[$0].extents.contains(0) && !computed.contains($0) })
        builder = ImportBuilder(
            name: file.description.isEmpty ? "TFLite" : file.description, opset: TFLiteGraphBuilder.opset)
    }

    /// - Throws: `unsupported` with the names of all operators that are not known.
    mutating func build() throws -> Graph {
        try reportMissing()
        for input in file.inputs { try locating("input \(name(input).quotedForMessage)") { try add(input: input) } }
        for operation in file.operations {
            guard let convert = TFLiteOperators.all[operation.name] else { continue }
            try locating(operation.label) {
                let fits = operation.outputs.allSatisfy {
                    values[$0] == nil && complexValues[$0] == nil && !isConstant($0)
                }
                guard fits, Set(operation.outputs).count == operation.outputs.count, !operation.outputs.isEmpty else {
                    throw DeeperError(.invalidModel, "an output of the operator is made twice")
                }
                try checkScales(of: operation)
                try convert(&self, TFLiteContext(operation, nodeName(operation.outputs[0])))
            }
        }
        var declared: [ValueID: DeclaredType] = [:]
        var outputs: [(name: String, value: ValueID)] = []
        for output in file.outputs {
            try locating("output \(name(output).quotedForMessage)") {
                var value = try stored(output)
                // A value that is an output twice needs two names.
                if outputs.contains(where: { $0.value == value }) {
                    value = try builder.node("Identity", name(output) + "/Identity", [value])
                }
                outputs.append((name(output), value))
                declared[value] = DeclaredType(try file.tensors[output].elementType(), dimensions(output))
            }
        }
        guard !file.inputs.isEmpty, !outputs.isEmpty else {
            throw DeeperError(.invalidModel, "the network has no \(outputs.isEmpty ? "outputs" : "inputs")")
        }
        return try builder.finished(outputs, declared)
    }

    private func reportMissing() throws {
        let missing = file.operations.filter { TFLiteOperators.all[$0.name] == nil }
        guard let first = missing.first else { return }
        var seen: Set<String> = []
        let names = missing.map(\.name).filter { seen.insert($0).inserted }.prefix(20).map(\.quotedForMessage)
        throw DeeperError(
            .unsupported,
            "the network has operators that deeper lacks: \(names.joined(separator: ", ")); the first one is \(first.label)"
        )
    }

    private mutating func add(input: Int) throws {
        let type = TensorType(try elementType(input), try Shape(validating: file.tensors[input].extents))
        guard !type.shape.isEmpty, values[input] == nil, !file.tensors[input].isConstant else {
            throw DeeperError(
                .invalidModel,
                type.shape.isEmpty ? "the shape \(type.shape) has no elements" : "the input is a constant")
        }
        let other = zip(file.tensors[input].extents, file.tensors[input].isOpen).enumerated().map { axis, extent in
            extent.1 ? extent.0 + (axis == 0 ? 1 : 16 * axis) : extent.0
        }
        let value = builder.input(
            name(input), DeclaredType(type.elementType, dimensions(input)), assuming: type,
            or: TensorType(type.elementType, try Shape(validating: other)))
        try define(input, stored: value)
    }

    /// The name of a tensor for the user.
    func name(_ tensor: Int) -> String { file.signature[tensor] ?? file.tensors[tensor].name }

    /// The name for the nodes that make a tensor. A converter joins the names of operators that it joins; the last one is
    /// that of the result.
    private func nodeName(_ tensor: Int) -> String {
        let parts = name(tensor).split(separator: ";")
        return parts.last.map(String.init) ?? name(tensor)
    }

    private func dimensions(_ tensor: Int) -> [DeclaredDimension] {
        let description = file.tensors[tensor]
        return zip(description.extents, description.isOpen).enumerated().map { axis, extent in
            extent.1 ? (axis == 0 ? .symbol("N") : .unknown) : .fixed(extent.0)
        }
    }

    /// Operators that only copy numbers copy integers, whatever their scales are.
    private func checkScales(of operation: TFLiteOperation) throws {
        guard TFLiteOperators.copying.contains(operation.name) else { return }
        let place = operation.name == "SPLIT" ? 1 : 0
        guard place < operation.inputs.count, let input = operation.inputs[place], isQuantized(input) else { return }
        for output in operation.outputs {
            let (one, other) = (file.tensors[input], file.tensors[output])
            guard one.scales == other.scales, one.zeroPoints == other.zeroPoints else {
                throw DeeperError(
                    .unsupported,
                    "the operator copies integers, but \(name(input).quotedForMessage) and \(name(output).quotedForMessage) "
                        + "have different scales")
            }
        }
    }
}
