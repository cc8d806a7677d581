import DeeperGraphs
import DeeperTensors

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

    /// A value with its axes as in the file.
    mutating func last(_ tensor: Int) throws -> ValueID {
        if let value = try value(tensor).last { return value }
        let first = try self.first(tensor)
        let value = try transpose(first, TFLiteGraphBuilder.lastOrder(rank(tensor)), of: tensor)
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

    /// The orders of axes that put the channels of a value first, and last.
    static func firstOrder(_ rank: Int) -> [Int] { Layout.channelsLast.physicalPlaces(rank: rank) }
    static func lastOrder(_ rank: Int) -> [Int] { Layout.channelsLast.physicalAxes(rank: rank) }

    private mutating func transpose(_ value: ValueID, _ order: [Int], of tensor: Int) throws -> ValueID {
        try builder.node("Transpose", name(tensor) + "/Transpose", [value], ["perm": .ints(order)])
    }

    /// The value of a tensor; a constant is added when it is first read.
    mutating func value(_ tensor: Int) throws -> TFLiteValue {
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
    mutating func stored(_ tensor: Int) throws -> ValueID {
        if file.tensors[tensor].isConstant { return try integers(of: tensor).value }
        guard let value = values[tensor], let integers = value.integers else { return try last(tensor) }
        guard value.areIntegersFirst else { return integers }
        return try transpose(integers, TFLiteGraphBuilder.lastOrder(rank(tensor)), of: tensor)
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
