import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Relu and Clip that are not applied by the layer before them.
enum ActivationGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        guard let clamp = try node.clampRange(constant: { tape.constant(node, $0)?.tensor }) else {
            throw DeeperError(.unsupported, "the bounds are computed, training needs constants")
        }
        let (inputID, x) = try tape.input(node, 0)
        let outputID = try tape.output(node)
        let y = try tape.make(outputID)
        let (pixels, channels) = (x.pixels, x.channels)
        tape.draft.add(
            AccumulateKernel(
                pixels: pixels, channels: channels, inputPitch: x.pitch, outputPitch: y.pitch, adds: false,
                clamp: clamp,
                options: tape.options),
            named: node.name, node.operatorName, reads: [x], writes: [y])
        tape.propagate([inputID], to: outputID)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            try ConvGradient.preceding(node.name, y, dy, clamp, nil, pixels: pixels, channels: channels, &tape)
            try handOn(node.name, dy, to: inputID, &tape)
        }
    }

    /// Adds a gradient to that of another value of the same shape.
    static func handOn(_ name: String, _ dy: Tape.Value, to input: ValueID, _ tape: inout Tape) throws {
        guard tape.needsGradient(input) else { return }
        let (dx, adds) = try tape.target(for: input)
        tape.draft.add(
            AccumulateKernel(
                pixels: dy.pixels, channels: dy.channels, inputPitch: dy.pitch, outputPitch: dx.pitch, adds: adds,
                options: tape.options),
            named: name, "gradient", reads: [dy], updates: adds ? [dx] : [], writes: adds ? [] : [dx])
    }
}

/// Add and Sum of values of the same shape, with the activation after them.
enum AddGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        let operands = try node.inputs.indices.map { try tape.input(node, $0) }
        guard let first = operands.first, operands.count > 1,
            operands.allSatisfy({ $0.value.shape == first.value.shape })
        else { throw DeeperError(.unsupported, "only values of one shape can be added in training") }
        let (clamp, outputID) = (
            (node.operation as? any ActivatingOperator)?.clamp ?? .unbounded, try tape.output(node)
        )
        let y = try tape.make(outputID)
        let (pixels, channels) = (y.pixels, y.channels)
        for (index, operand) in operands.enumerated() {
            let isLast = index == operands.count - 1
            tape.draft.add(
                AccumulateKernel(
                    pixels: pixels, channels: channels, inputPitch: operand.value.pitch, outputPitch: y.pitch,
                    adds: index > 0, clamp: isLast ? clamp : .unbounded, options: tape.options),
                named: node.name, node.operatorName, reads: [operand.value], updates: index > 0 ? [y] : [],
                writes: index > 0 ? [] : [y])
        }
        tape.propagate(operands.map(\.id), to: outputID)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            try ConvGradient.preceding(node.name, y, dy, clamp, nil, pixels: pixels, channels: channels, &tape)
            for operand in operands { try ActivationGradient.handOn(node.name, dy, to: operand.id, &tape) }
        }
    }
}

/// Concat along channels: operands that already are in their place in the result are not copied, others are.
enum ConcatGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        guard let concat = node.operation as? Concat else { throw DeeperError(.internalFault, "no Concat") }
        let operands = try node.inputs.indices.map { try tape.image(node, $0) }
        guard concat.axis == 1 || concat.axis == -3 else {
            throw DeeperError(.unsupported, "Concat along axis \(concat.axis); training takes channels, axis 1")
        }
        let outputID = try tape.output(node)
        let y = try tape.make(outputID)
        tape.propagate(operands.map(\.id), to: outputID)
        var channel = 0
        for operand in operands {
            let channels = channel..<channel + operand.value.channels
            channel = channels.upperBound
            guard !tape.isSlice(operand.id) else { continue }
            let part = try tape.draft.slice(y, channels: channels)
            tape.draft.add(
                AccumulateKernel(
                    pixels: part.pixels, channels: part.channels, inputPitch: operand.value.pitch,
                    outputPitch: part.pitch, adds: false, options: tape.options),
                named: node.name, "Concat", reads: [operand.value], writes: [part])
            tape.onBackward { tape in
                guard let dy = tape.arrived(at: outputID) else { return }
                try ActivationGradient.handOn(
                    node.name, tape.draft.slice(dy, channels: channels), to: operand.id, &tape)
            }
        }
    }
}

/// Dropout: both passes compute the mask from the step's number.
enum DropoutGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        let (inputID, x) = try tape.input(node, 0)
        let outputID = try tape.output(node)
        let ratio = try self.ratio(node, tape)
        guard (0..<1).contains(ratio) else {
            throw DeeperError(.invalidModel, "ratio is \(ratio), expected 0 to below 1")
        }
        guard ratio > 0, tape.settings.dropsOut else {
            tape.alias(outputID, to: x)
            tape.propagate([inputID], to: outputID)
            guard tape.needsGradient(outputID) else { return }
            tape.onBackward { tape in
                if let dy = tape.arrived(at: outputID) {
                    try ActivationGradient.handOn(node.name, dy, to: inputID, &tape)
                }
            }
            return
        }
        guard x.descriptor.isDense else { throw DeeperError(.unsupported, "Dropout of an operand of a Concat") }
        let y = try tape.make(outputID)
        let seed = tape.settings.seed ^ stableHash(of: node.name)
        let (count, step) = (x.shape.elementCount, tape.settings.step)
        tape.draft.add(
            DropoutKernel(count: count, ratio: ratio, seed: seed, adds: false, options: tape.options), named: node.name,
            "Dropout", reads: [x, step], writes: [y])
        tape.propagate([inputID], to: outputID)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            let (dx, adds) = try tape.target(for: inputID)
            tape.draft.add(
                DropoutKernel(count: count, ratio: ratio, seed: seed, adds: adds, options: tape.options),
                named: node.name, "Dropout", reads: [dy, step], updates: adds ? [dx] : [], writes: adds ? [] : [dx])
        }
    }

    private static func ratio(_ node: Node, _ tape: Tape) throws -> Float {
        if let (_, tensor) = tape.constant(node, 1) { return Float(try tensor.doubles().first ?? 0.5) }
        return (node.operation as? Dropout)?.ratio ?? 0.5
    }
}

/// Flatten, Reshape, Squeeze and Identity: the same elements in ONNX's order, so a plane with more than one pixel is
/// converted to that order first.
enum ReshapeGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        let (inputID, x) = try tape.input(node, 0)
        let outputID = try tape.output(node)
        let type = try tape.type(of: outputID)
        let rowMajor = TensorDescriptor(x.descriptor.type)
        let result = TensorDescriptor(type, type.shape == x.shape ? x.descriptor.layout : .rowMajor)
        guard type.shape == x.shape || type.shape.rank < 3 else {
            throw DeeperError(.unsupported, "a reshape to \(type.shape); training takes matrices")
        }
        let isView = type.shape == x.shape || x.descriptor.placesElements(like: rowMajor)
        if isView {
            tape.alias(outputID, to: type.shape == x.shape ? x : x.viewed(as: result))
        } else {
            let y = tape.draft.buffer(rowMajor)
            let copy = try StridedCopyKernel.conversion(from: x.descriptor, to: rowMajor)
            tape.draft.add(copy, named: node.name, node.operatorName, reads: [x], writes: [y])
            tape.alias(outputID, to: y.viewed(as: result))
        }
        tape.propagate([inputID], to: outputID)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            if isView {
                let seen = dy.viewed(as: TensorDescriptor(x.descriptor.type, x.descriptor.layout))
                return try ActivationGradient.handOn(node.name, seen, to: inputID, &tape)
            }
            let turned = tape.draft.buffer(TensorDescriptor(x.descriptor.type, x.descriptor.layout))
            let copy = try StridedCopyKernel.conversion(from: rowMajor, to: turned.descriptor)
            tape.draft.add(
                copy, named: node.name, "gradient", reads: [dy.viewed(as: rowMajor)], writes: [turned])
            try ActivationGradient.handOn(node.name, turned, to: inputID, &tape)
        }
    }
}

/// Softmax at the end of a network: the loss is computed from its logits.
enum SoftmaxGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        let (inputID, x) = try tape.input(node, 0)
        let outputID = try tape.output(node)
        guard tape.graph.outputs.contains(outputID), x.shape.rank == 2 else {
            throw DeeperError(.unsupported, "a softmax can be trained only at the end of a network, on N x classes")
        }
        guard !tape.isRead(outputID) else {
            throw DeeperError(.unsupported, "a softmax that other nodes read cannot be trained")
        }
        tape.alias(outputID, to: x)
        tape.propagate([inputID], to: outputID)
        tape.onBackward { tape in
            // The loss wrote the gradient of the logits as the gradient of the output.
            if let dy = tape.arrived(at: outputID) { try ActivationGradient.handOn(node.name, dy, to: inputID, &tape) }
        }
    }
}
