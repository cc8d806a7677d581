import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Local response normalisation.
enum LRNGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        guard let lrn = node.operation as? LRN else { throw DeeperError(.internalFault, "no LRN") }
        let (inputID, x) = try tape.image(node, 0)
        let outputID = try tape.output(node)
        let y = try tape.make(outputID)
        let (pixels, channels) = (x.pixels, x.channels)
        tape.draft.add(
            LRNKernel(
                pixels: pixels, channels: channels, inputPitch: x.pitch, outputPitch: y.pitch, size: lrn.size,
                alpha: lrn.alpha, beta: lrn.beta, bias: lrn.bias, options: tape.options),
            named: node.name, "LRN", reads: [x], writes: [y])
        tape.propagate([inputID], to: outputID)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            let (dx, adds) = try tape.target(for: inputID)
            let kernel = LRNGradientKernel(
                pixels: pixels, channels: channels, inputPitch: x.pitch, gradientPitch: dy.pitch,
                targetPitch: dx.pitch, size: lrn.size, alpha: lrn.alpha, beta: lrn.beta, bias: lrn.bias, adds: adds,
                options: tape.options)
            tape.draft.add(
                kernel, named: node.name, "LRN gradient", reads: [x, dy], updates: adds ? [dx] : [],
                writes: adds ? [] : [dx])
        }
    }
}
