import DeeperGraphs
import DeeperTensors

/// Builds a graph from a TFLite file.
///
/// TFLite's values have their channels last, ONNX's operators take them first. Each value is known in one of the two
/// orders or in both: an operator that treats every element alike keeps the order of what it reads, and only where the
/// other order is needed is a Transpose added. A network of convolutions has one at its input, and one where its
/// outputs are flattened.
struct TFLiteGraphBuilder {
    private let file: TFLiteFile
    private let constants: TFLiteConstants
    private var builder: ImportBuilder
    private var values: [Int: TFLiteValue] = [:]
    /// Constants without elements, which take no bytes in the file.
    private let empty: Set<Int>
    /// Tensors that are other forms of a constant, such as a dense one.
    private var copies: [Int: Int] = [:]
    /// The constants that were added, with the order and the number of their axes, so that each is added once.
    private var added: [Form: ValueID] = [:]
    /// The bytes of sparse constants with their zeros.
    private var dense: [Int: any TensorSource] = [:]
    /// Complex values as real numbers, with an axis of real and imaginary parts at the end.
    private var complexValues: [Int: ValueID] = [:]

    private struct Form: Hashable {
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
}

/// What is known of a value: its identity in one or both orders of axes.
struct TFLiteValue {
    /// The value as in the file.
    var last: ValueID?
    /// The value with the last axis moved to axis 1; only of three axes or more.
    var first: ValueID?
    /// The integers of a quantised value, in the order of one of the above.
    var integers: ValueID?
    var areIntegersFirst = false
}

// Tensors as values of the graph.
extension TFLiteGraphBuilder {
    func tensor(_ tensor: Int) -> TFLiteTensor { file.tensors[tensor] }
    func elementType(_ tensor: Int) throws -> ElementType { try file.tensors[tensor].elementType() }
    func rank(_ tensor: Int) -> Int { file.tensors[tensor].extents.count }
    func isConstant(_ tensor: Int) -> Bool {
        copies[tensor] != nil || file.tensors[tensor].isConstant || empty.contains(tensor)
    }

    /// Whether a value is known with its channels first.
    func isFirst(_ tensor: Int) -> Bool { values[tensor]?.first != nil }

    /// The value of a constant, or of what follows from constants, with its axes as in the file.
    ///
    /// - Throws: `unsupported` if the value depends on the network's inputs.
    mutating func constantTensor(_ tensor: Int) throws -> Tensor {
        if isConstant(tensor) { return try storedConstant(copies[tensor] ?? tensor) }
        guard let value = builder.fixedValue(try last(tensor)) else {
            throw DeeperError(
                .unsupported,
                "\(name(tensor).quotedForMessage) is computed from the inputs of the network, and not a constant")
        }
        return value
    }

    mutating func integers(_ tensor: Int) throws -> [Int] { try constantTensor(tensor).integers() }

    /// The integers of a constant; nil if they depend on the network's inputs.
    mutating func knownIntegers(_ tensor: Int) throws -> [Int]? {
        if !isConstant(tensor), builder.fixedValue(try last(tensor)) == nil { return nil }
        return try integers(tensor)
    }

    /// A value with its axes as in the file.
    mutating func last(_ tensor: Int) throws -> ValueID {
        if let value = try value(tensor).last { return value }
        let first = try self.first(tensor)
        let value = try transpose(first, [0] + Array(2..<rank(tensor)) + [1], of: tensor)
        values[tensor]?.last = value
        return value
    }

    /// A value with its last axis moved to axis 1.
    mutating func first(_ tensor: Int) throws -> ValueID {
        if let value = try value(tensor).first { return value }
        guard rank(tensor) >= 3 else {
            throw DeeperError(.invalidModel, "\(name(tensor).quotedForMessage) has \(rank(tensor)) axes")
        }
        let last = try self.last(tensor)
        let value = try transpose(last, TFLiteGraphBuilder.firstOrder(rank(tensor)), of: tensor)
        values[tensor]?.first = value
        return value
    }

    static func firstOrder(_ rank: Int) -> [Int] { [0, rank - 1] + Array(1..<rank - 1) }

    private mutating func transpose(_ value: ValueID, _ order: [Int], of tensor: Int) throws -> ValueID {
        try builder.node("Transpose", name(tensor) + "/Transpose", [value], ["perm": .ints(order)])
    }

    /// The value of a tensor; a constant is added when it is first read.
    private mutating func value(_ tensor: Int) throws -> TFLiteValue {
        if let value = values[tensor] { return value }
        guard complexValues[tensor] == nil else {
            throw DeeperError(
                .unsupported,
                "the complex numbers \(name(tensor).quotedForMessage) in an operator other than REAL, IMAG, COMPLEX_ABS, "
                    + "CAST and SQUEEZE")
        }
        guard isConstant(tensor) else {
            throw DeeperError(.invalidModel, "\(name(tensor).quotedForMessage) is read before it is made")
        }
        values[tensor] = TFLiteValue(last: try constant(tensor))
        return values[tensor]!
    }

    /// A constant as it is in the file, with its axes in another order.
    private mutating func storedConstant(_ tensor: Int, axes: [Int]? = nil, expanded: [Int]? = nil) throws -> Tensor {
        let description = file.tensors[tensor]
        let bytes: any TensorSource
        if let sparsity = description.sparsity {
            if dense[tensor] == nil {
                try builder.hold(try Shape(validating: description.extents).elementCount)
                dense[tensor] = try constants.denseBytes(of: description, sparsity)
            }
            bytes = dense[tensor]!
        } else {
            bytes = try constants.bytes(of: description)
        }
        return try constants.tensor(
            description.elementType(), bytes, extents: expanded ?? description.extents, axes: axes)
    }

    /// Adds a constant as real numbers, with its axes in another order.
    ///
    /// - Parameter isBias: whether int32 numbers with a scale are real numbers too.
    mutating func constant(
        _ tensor: Int, axes: [Int]? = nil, expanded: [Int]? = nil, isBias: Bool = false
    ) throws -> ValueID {
        let tensor = copies[tensor] ?? tensor
        let isReal = isQuantized(tensor) || isBias
        let form = Form(tensor: tensor, axes: axes, expanded: expanded, isReal: isReal)
        if let value = added[form] { return value }
        let description = file.tensors[tensor]
        let stored = try storedConstant(tensor, axes: axes, expanded: expanded)
        var value: ValueID
        if stored.elementType == .float16 {
            value = try builder.constant(
                description.name, Tensor(.float32, shape: stored.shape, source: SingleSource(stored)))
        } else {
            value = try builder.constant(description.name, stored)
        }
        if isReal {
            let rank = (expanded ?? description.extents).count
            let axis = description.scaleAxis + rank - description.extents.count
            value = try dequantize(value, tensor, axis: axes.map { $0.firstIndex(of: axis) ?? 0 } ?? axis)
        }
        added[form] = value
        return value
    }

    /// The bias of a product. One of integers has a scale, which is that of the products.
    mutating func bias(_ tensor: Int?) throws -> ValueID? {
        guard let tensor else { return nil }
        guard isConstant(tensor), try elementType(tensor) == .int32 else { return try last(tensor) }
        guard !file.tensors[tensor].scales.isEmpty else {
            throw DeeperError(.unsupported, "the bias \(name(tensor).quotedForMessage) of int32 without a scale")
        }
        return try constant(tensor, isBias: true)
    }

    /// The integers of a quantised value or constant as they are stored, or another value as it is.
    mutating func integers(of tensor: Int) throws -> (value: ValueID, isFirst: Bool) {
        if isConstant(tensor), copies[tensor] == nil {
            return (try builder.constant(name(tensor), storedConstant(tensor)), false)
        }
        if let value = values[tensor], let integers = value.integers { return (integers, value.areIntegersFirst) }
        let (operands, isFirst) = try self.operands([tensor])
        return (operands[0], isFirst)
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

    private mutating func dequantize(_ value: ValueID, _ tensor: Int, axis: Int) throws -> ValueID {
        try builder.node(
            "DequantizeLinear", name(tensor) + "/DequantizeLinear", [value] + scale(of: tensor), ["axis": .int(axis)])
    }

    /// The constants of a tensor's scales and zero points.
    private mutating func scale(of tensor: Int) throws -> [ValueID] {
        let (description, type) = (file.tensors[tensor], try elementType(tensor))
        let isSingle = description.scales.count == 1
        let shape: Shape = isSingle ? [] : [description.scales.count]
        let points = description.zeroPoints.isEmpty ? [0] : description.zeroPoints
        let all = points.count == 1 ? Array(repeating: points[0], count: description.scales.count) : points
        let bounds: ClosedRange<Int> = type == .uint8 ? 0...255 : type == .int8 ? -128...127 : 0...0
        guard all.allSatisfy({ bounds.contains($0) }), [.uint8, .int8, .int32].contains(type) else {
            throw DeeperError(
                .unsupported,
                "\(name(tensor).quotedForMessage) is quantised to \(type) with zero points \(all.prefix(4))")
        }
        guard description.scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw DeeperError(
                .invalidModel, "\(name(tensor).quotedForMessage) has scales that are not positive numbers")
        }
        return [
            try builder.constant(name(tensor) + "/scale", Tensor(description.scales, shape: shape)),
            try builder.constant(
                name(tensor) + "/zero_point", Tensor(all.map(Int32.init), shape: shape).converted(to: type)),
        ]
    }

    /// Whether the values of a tensor are rounded to integers with a scale.
    func isQuantized(_ tensor: Int) -> Bool {
        !file.tensors[tensor].scales.isEmpty && [3, 7, 9].contains(file.tensors[tensor].type)
    }

    /// Lets a tensor stand for a constant, whose elements it has in another type or form.
    mutating func define(_ tensor: Int, sameAs constant: Int) throws {
        guard isConstant(constant), file.tensors[tensor].extents == file.tensors[constant].extents,
            try elementType(tensor) == .float32 || elementType(tensor) == elementType(constant)
        else {
            throw DeeperError(
                .invalidModel,
                "the input \(name(constant).quotedForMessage) is no constant, or is of another shape or type than the output"
            )
        }
        copies[tensor] = copies[constant] ?? constant
    }

    /// Lets a tensor stand for a computed value.
    ///
    /// - Parameter isFirst: whether the value has its channels first.
    /// - Throws: `invalidModel` if the value has another shape than the file says.
    mutating func define(_ tensor: Int, _ value: ValueID, isFirst: Bool = false) throws {
        try check(value, isFirst, as: tensor)
        guard isQuantized(tensor) else {
            values[tensor] = isFirst ? TFLiteValue(first: value) : TFLiteValue(last: value)
            return
        }
        guard file.tensors[tensor].scales.count == 1 else {
            throw DeeperError(.unsupported, "\(name(tensor).quotedForMessage) is computed, and has several scales")
        }
        let integers = try builder.node(
            "QuantizeLinear", name(tensor) + "/QuantizeLinear", [value] + scale(of: tensor))
        try define(tensor, stored: integers, isFirst: isFirst)
    }

    /// Lets a tensor stand for a value as it is stored: if it is quantised, its integers.
    mutating func define(_ tensor: Int, stored value: ValueID, isFirst: Bool = false) throws {
        guard isQuantized(tensor) else { return try define(tensor, value, isFirst: isFirst) }
        let real = try dequantize(value, tensor, axis: 0)
        values[tensor] = TFLiteValue(
            last: isFirst ? nil : real, first: isFirst ? real : nil, integers: value, areIntegersFirst: isFirst)
    }

    /// The value as it is stored, with its axes as in the file.
    private mutating func stored(_ tensor: Int) throws -> ValueID {
        if file.tensors[tensor].isConstant { return try integers(of: tensor).value }
        guard let value = values[tensor], let integers = value.integers else { return try last(tensor) }
        guard value.areIntegersFirst else { return integers }
        return try transpose(integers, [0] + Array(2..<rank(tensor)) + [1], of: tensor)
    }

    func isComplex(_ tensor: Int) -> Bool { complexValues[tensor] != nil }

    func complex(_ tensor: Int) throws -> ValueID {
        guard let value = complexValues[tensor] else {
            throw DeeperError(
                .invalidModel, "\(name(tensor).quotedForMessage) is not the result of a Fourier transform")
        }
        return value
    }

    mutating func define(_ tensor: Int, complex value: ValueID) throws {
        guard file.tensors[tensor].type == TFLiteTensor.complex64 else {
            throw DeeperError(.invalidModel, "the result is complex64, the file says otherwise")
        }
        complexValues[tensor] = value
    }

    private mutating func check(_ value: ValueID, _ isFirst: Bool, as tensor: Int) throws {
        let (type, description) = (builder.type(value), file.tensors[tensor])
        guard let type else { return }
        var extents = type.shape.dimensions
        if isFirst { extents.append(extents.remove(at: 1)) }
        let fits = zip(extents, description.extents).enumerated().allSatisfy { axis, extent in
            extent.0 == extent.1 || description.isOpen[axis]
        }
        guard extents.count == description.extents.count, fits else {
            throw DeeperError(
                .invalidModel, "the result has the shape \(Shape(extents)), the file says \(Shape(description.extents))"
            )
        }
        let wanted = isQuantized(tensor) ? .float32 : try elementType(tensor)
        // Constants of float16 are computed with in float32.
        guard type.elementType == wanted || wanted == .float16 && type.elementType == .float32 else {
            throw DeeperError(.invalidModel, "the result is \(type.elementType), the file says \(wanted)")
        }
    }

    /// The extents of a tensor, in the file's order; nil for those that depend on open extents of the inputs.
    mutating func fixedExtents(_ tensor: Int) throws -> [Int?] {
        if isConstant(tensor) { return file.tensors[tensor].extents }
        let value = try self.value(tensor)
        let unknown = [Int?](repeating: nil, count: rank(tensor))
        guard let known = value.last ?? value.first, var extents = builder.fixedExtents(known),
            extents.count == rank(tensor)
        else { return unknown }
        if value.last == nil { extents.append(extents.remove(at: 1)) }
        return extents
    }
}

// Nodes.
extension TFLiteGraphBuilder {
    mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        try builder.node(operatorName, name, inputs, attributes)
    }

    mutating func nodes(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:],
        outputCount: Int
    ) throws -> [ValueID] {
        try builder.nodes(operatorName, name, inputs, attributes, outputCount: outputCount)
    }

    mutating func constant(_ name: String, _ numbers: [Int]) throws -> ValueID { try builder.constant(name, numbers) }
    mutating func constant(_ name: String, _ number: Float) throws -> ValueID { try builder.constant(name, number) }
    mutating func constant(_ name: String, _ tensor: Tensor) throws -> ValueID { try builder.constant(name, tensor) }
    mutating func type(_ value: ValueID) -> TensorType? { builder.type(value) }

    /// The operands of an operator that treats all elements alike, with their axes in one order: channels first if one
    /// of the operands is known so.
    mutating func operands(_ tensors: [Int]) throws -> (values: [ValueID], isFirst: Bool) {
        let most = tensors.map(rank).max() ?? 0
        let computed = tensors.filter { !isConstant($0) }
        let isFirst =
            most >= 3 && computed.contains { self.isFirst($0) }
            && computed.allSatisfy { rank($0) == most || rank($0) == 0 }
        let values = try tensors.map { tensor in
            guard isFirst, rank(tensor) > 0 else { return try last(tensor) }
            guard isConstant(tensor) else { return try first(tensor) }
            let extents = file.tensors[tensor].extents
            return try constant(
                tensor, axes: TFLiteGraphBuilder.firstOrder(most),
                expanded: Array(repeating: 1, count: most - extents.count) + extents)
        }
        return (values, isFirst)
    }

    /// Where an axis of the file's order is in a value.
    func axis(_ axis: Int, of tensor: Int, isFirst: Bool) throws -> Int {
        let resolved = try resolveAxis(axis, rank: rank(tensor))
        guard isFirst, resolved > 0 else { return resolved }
        return resolved == rank(tensor) - 1 ? 1 : resolved + 1
    }

    /// Numbers for each axis, in the order of a value.
    func ordered<Number>(_ numbers: [Number], isFirst: Bool) -> [Number] {
        isFirst ? TFLiteGraphBuilder.firstOrder(numbers.count).map { numbers[$0] } : numbers
    }

    /// The value after the function that an operator applies to its result.
    ///
    /// - Parameter function: the number of the function in the schema.
    mutating func activate(_ value: ValueID, _ function: Int, _ name: String) throws -> ValueID {
        switch function {
        case 0: return value
        case 1: return try node("Relu", name + "/Relu", [value])
        case 2: return try clip(value, -1, 1, name)
        case 3: return try clip(value, 0, 6, name)
        case 4: return try node("Tanh", name + "/Tanh", [value])
        default:
            throw DeeperError(.unsupported, "the function number \(function) that the operator applies to its result")
        }
    }

    mutating func clip(_ value: ValueID, _ low: Float, _ high: Float, _ name: String) throws -> ValueID {
        try node("Clip", name + "/Clip", [value, constant(name + "/min", low), constant(name + "/max", high)])
    }
}

/// One operator while it is converted.
struct TFLiteContext {
    let operation: TFLiteOperation
    /// The name of the first output, which the operator's nodes take.
    let name: String

    init(_ operation: TFLiteOperation, _ name: String) { (self.operation, self.name) = (operation, name) }

    /// - Throws: `invalidModel` if the operator does not have this input.
    func input(_ index: Int) throws -> Int {
        guard let input = optionalInput(index) else { throw DeeperError(.invalidModel, "input \(index) is missing") }
        return input
    }

    func optionalInput(_ index: Int) -> Int? {
        index < operation.inputs.count ? operation.inputs[index] : nil
    }

    var inputs: [Int] { operation.inputs.compactMap { $0 } }
    var output: Int { operation.outputs[0] }

    func int(_ field: Int, default value: Int = 0) throws -> Int {
        try operation.options?.int(field, default: value) ?? value
    }

    func byte(_ field: Int) throws -> Int { try operation.options?.byte(field) ?? 0 }
    func flag(_ field: Int) throws -> Bool { try operation.options?.flag(field) ?? false }
    func float(_ field: Int) throws -> Float { try operation.options?.float(field) ?? 0 }
}

/// Adds the nodes of an operator.
typealias TFLiteConversion = @Sendable (inout TFLiteGraphBuilder, TFLiteContext) throws -> Void
