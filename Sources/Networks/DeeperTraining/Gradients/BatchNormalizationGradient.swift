import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// BatchNormalization with the batch's own moments; their running averages are kept for inference.
enum BatchNormalizationGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        guard let operation = node.operation as? BatchNormalization else {
            throw DeeperError(.internalFault, "no BatchNormalization")
        }
        let (inputID, x) = try tape.image(node, 0)
        let scale = try tape.parameter(node, 1, .scale)
        let shift = try tape.parameter(node, 2, .shift)
        let mean = try tape.parameter(node, 3, .mean)
        let variance = try tape.parameter(node, 4, .variance)
        let (clamp, outputID) = (operation.clamp, try tape.output(node))
        let y = try tape.make(outputID)
        let shape = BatchNormShape(
            pixels: x.pixels, channels: x.channels, inputPitch: x.pitch, epsilon: operation.epsilon)
        let moments = try tape.draft.floats(shape.tableFloats)
        tape.draft.add(
            BatchMomentsKernel(shape, options: tape.options), named: node.name, "moments", reads: [x],
            writes: [moments])
        let saved = try tape.draft.floats(shape.savedFloats)
        tape.draft.add(
            BatchNormKernel(
                shape, outputPitch: y.pitch, clamp: clamp, momentum: tape.settings.momentsMomentum,
                options: tape.options),
            named: node.name, "BatchNormalization", reads: [x, moments, scale.value, shift.value],
            updates: [mean.value, variance.value], writes: [y, saved])
        tape.propagate(
            [inputID], to: outputID, always: scale.parameter.isTrained || shift.parameter.isTrained)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            let sums = try tape.draft.floats(shape.tableFloats)
            tape.draft.add(
                BatchNormSumsKernel(
                    shape, outputPitch: y.pitch, gradientPitch: dy.pitch, clamp: clamp, options: tape.options),
                named: node.name, "sums", reads: [x, y, saved], updates: [dy], writes: [sums])
            let (dx, adds) = try tape.target(for: inputID)
            let kernel = BatchNormGradientKernel(
                shape, gradientPitch: dy.pitch, targetPitch: dx.pitch, adds: adds, options: tape.options)
            tape.draft.add(
                kernel, named: node.name, "normalisation gradient", reads: [x, saved, dy, sums, scale.value],
                updates: adds ? [dx] : [],
                writes: (adds ? [] : [dx])
                    + (try [scale, shift].map {
                        // The gradient of a frozen parameter must not count in the norm of all gradients.
                        try $0.parameter.isTrained
                            ? tape.gradient(of: $0.parameter) : tape.draft.floats($0.parameter.range.count)
                    }))
        }
    }
}
