import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Conv: filters are packed again in every step; the data gradient at stride 1 is a convolution with reversed filters.
enum ConvGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        guard let conv = node.operation as? Conv else { throw DeeperError(.internalFault, "no Conv") }
        let (inputID, x) = try tape.image(node, 0)
        guard let (_, filters) = tape.constant(node, 1) else {
            throw DeeperError(.unsupported, "the filters are computed, training needs a constant")
        }
        let geometry = try conv.geometry(input: x.shape, weights: filters.shape)
        let (outputs, channels, taps) = (filters.shape[0], filters.shape[1], geometry.taps)
        let (clamp, outputID) = (conv.clamp, try tape.output(node))
        let y = try tape.make(outputID)
        let shape = ConvolutionShape(
            window: geometry, images: x.shape[0], inputChannels: x.shape[1], outputChannels: outputs,
            groups: conv.groups, inputPitch: x.pitch, outputs: [.init(channels: outputs, pitch: y.pitch)])
        guard PackedConvolutionKernel.supports(shape) else {
            throw DeeperError(.unsupported, "convolutions along three axes or with vast padding cannot be trained")
        }
        let weight = try tape.parameter(
            node, 1, .weight, fanIn: channels * taps, fanOut: outputs / conv.groups * taps,
            order: .filters(outputChannels: outputs, channels: channels, taps: taps))
        let hasBias = node.inputs.count > 2 && node.inputs[2] != nil
        let bias = hasBias ? try tape.parameter(node, 2, .bias) : nil

        let pack = PackFiltersKernel(shape, isReversed: false, options: tape.options)
        let panels = try tape.draft.floats(pack.panelFloats)
        tape.draft.add(
            pack, named: node.name, "pack", reads: [weight.value], writes: [panels],
            notBefore: max(0, tape.draft.readyStage(of: x) - 1))
        let forward = PackedConvolutionKernel(shape, hasBias: bias != nil, clamp: clamp, options: tape.options)
        tape.draft.add(
            forward, named: node.name, "Conv", reads: [x, panels] + (bias.map { [$0.value] } ?? []), writes: [y],
            macs: shape.macCount)
        tape.propagate(
            [inputID], to: outputID,
            always: weight.parameter.isTrained || bias?.parameter.isTrained == true)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            try preceding(
                node.name, y, dy, clamp, bias?.parameter, pixels: y.pixels, channels: outputs, &tape)
            if weight.parameter.isTrained {
                let kernel = FilterGradientKernel(shape, gradientPitch: dy.pitch, options: tape.options)
                let target = try tape.gradient(of: weight.parameter)
                tape.draft.add(
                    kernel, named: node.name, "filter gradient", reads: [x, dy], writes: [target], macs: shape.macCount)
            }
            if tape.needsGradient(inputID) {
                try dataGradient(node.name, shape, weight.value, dy, of: inputID, &tape)
            }
        }
    }

    /// Sets the gradient to zero, in place, where the activation was at its bound, and sums it up for the bias.
    static func preceding(
        _ name: String, _ y: Tape.Value, _ dy: Tape.Value, _ clamp: ClampRange, _ bias: Parameter?, pixels: Int,
        channels: Int, _ tape: inout Tape
    ) throws {
        let bias = bias.flatMap { $0.isTrained ? $0 : nil }
        guard clamp != .unbounded || bias != nil else { return }
        let kernel = ClampGradientKernel(
            pixels: pixels, channels: channels, resultPitch: y.pitch, gradientPitch: dy.pitch, clamp: clamp,
            sums: bias != nil, options: tape.options)
        let table = bias == nil ? nil : try tape.draft.floats(kernel.tableFloats)
        let reads = clamp == .unbounded ? [] : [y]
        tape.draft.add(
            kernel, named: name, "activation gradient", reads: reads, updates: [dy],
            writes: table.map { [$0] } ?? [])
        if let bias, let table {
            tape.draft.add(
                ColumnTotalKernel(pixels: pixels, channels: channels), named: name, "bias gradient", reads: [table],
                writes: [try tape.gradient(of: bias)])
        }
    }

    private static func dataGradient(
        _ name: String, _ shape: ConvolutionShape, _ weights: Tape.Value, _ dy: Tape.Value, of input: ValueID,
        _ tape: inout Tape
    ) throws {
        let (dx, adds) = try tape.target(for: input)
        if var reversed = reversed(shape, gradientPitch: dy.pitch, targetPitch: dx.pitch) {
            reversed.residualPitch = adds ? dx.pitch : nil
            let pack = PackFiltersKernel(reversed, isReversed: true, options: tape.options)
            let panels = try tape.draft.floats(pack.panelFloats)
            tape.draft.add(
                pack, named: name, "pack", reads: [weights], writes: [panels],
                notBefore: max(0, tape.draft.readyStage(of: dy) - 1))
            let kernel = PackedConvolutionKernel(reversed, hasBias: false, options: tape.options)
            tape.draft.add(
                kernel, named: name, "data gradient", reads: adds ? [dy, dx, panels] : [dy, panels],
                updates: adds ? [dx] : [], writes: adds ? [] : [dx], macs: shape.macCount)
        } else {
            var shape = shape
            shape.inputPitch = dx.pitch
            let kernel = StridedDataGradientKernel(shape, gradientPitch: dy.pitch, adds: adds, options: tape.options)
            tape.draft.add(
                kernel, named: name, "data gradient", reads: [dy, weights], updates: adds ? [dx] : [],
                writes: adds ? [] : [dx], macs: shape.macCount)
        }
    }

    /// The convolution of dY that computes dX, if the stride is 1 and nothing is cut off.
    private static func reversed(
        _ shape: ConvolutionShape, gradientPitch: Int, targetPitch: Int
    ) -> ConvolutionShape? {
        let window = shape.window
        guard window.stride == SIMD3(repeating: 1) else { return nil }
        var turned = window
        turned.input = window.output
        turned.output = window.input
        turned.padBefore = (window.kernel &- SIMD3(repeating: 1)) &* window.dilation &- window.padBefore
        guard all(turned.padBefore .>= SIMD3()) else { return nil }
        let result = ConvolutionShape(
            window: turned, images: shape.images, inputChannels: shape.outputChannels,
            outputChannels: shape.inputChannels, groups: shape.groups, inputPitch: gradientPitch,
            outputs: [.init(channels: shape.inputChannels, pitch: targetPitch)])
        return PackedConvolutionKernel.supports(result) ? result : nil
    }
}
