import DeeperGraphs
import DeeperTensors

// Constants of the file as values of the graph: dense, with their axes in the wanted order, and as real numbers.
extension TFLiteGraphBuilder {
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

    /// A constant as it is in the file, with its axes in another order.
    mutating func storedConstant(_ tensor: Int, axes: [Int]? = nil, expanded: [Int]? = nil) throws -> Tensor {
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

    mutating func dequantize(_ value: ValueID, _ tensor: Int, axis: Int) throws -> ValueID {
        try builder.node(
            "DequantizeLinear", name(tensor) + "/DequantizeLinear", [value] + scale(of: tensor), ["axis": .int(axis)])
    }

    /// The constants of a tensor's scales and zero points.
    mutating func scale(of tensor: Int) throws -> [ValueID] {
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
}
