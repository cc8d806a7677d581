import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// MaxPool, AveragePool and their global forms.
enum PoolGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        let (inputID, x) = try tape.image(node, 0)
        let outputID = try tape.output(node)
        let (pooling, window, padAfter) = try form(node, x.shape)
        guard window.isPlanar else { throw DeeperError(.unsupported, "pooling along three axes cannot be trained") }
        let y = try tape.make(outputID)
        let (images, channels) = (x.shape[0], x.shape[1])
        tape.draft.add(
            PoolKernel(
                pooling, window: window, padAfter: padAfter, images: images, channels: channels, inputPitch: x.pitch,
                outputPitch: y.pitch, options: tape.options),
            named: node.name, node.operatorName, reads: [x], writes: [y])
        tape.propagate([inputID], to: outputID)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            let (dx, adds) = try tape.target(for: inputID)
            let kernel = PoolGradientKernel(
                pooling, window: window, padAfter: padAfter, images: images, channels: channels,
                pitches: .init(input: x.pitch, output: y.pitch, outputGradient: dy.pitch, inputGradient: dx.pitch),
                adds: adds, options: tape.options)
            tape.draft.add(
                kernel, named: node.name, "pool gradient", reads: pooling == .maximum ? [x, y, dy] : [dy],
                updates: adds ? [dx] : [], writes: adds ? [] : [dx])
        }
    }

    private static func form(_ node: Node, _ shape: Shape) throws -> (Pooling, WindowGeometry, [Int]) {
        let space = Array(shape.dimensions[2...])
        switch node.operation {
        case let pool as MaxPool:
            let (window, after) = try pool.window.window(input: space, kernel: try pool.window.requiredKernel())
            return (.maximum, window, after)
        case let pool as AveragePool:
            let (window, after) = try pool.window.window(input: space, kernel: try pool.window.requiredKernel())
            return (.average(includesPadding: pool.includesPadding), window, after)
        default:
            let window = WindowGeometry(
                input: space, output: space.map { _ in 1 }, kernel: space, stride: space.map { _ in 1 },
                dilation: space.map { _ in 1 }, padBefore: space.map { _ in 0 })
            let isMaximum = node.operatorName == "GlobalMaxPool"
            return (isMaximum ? .maximum : .average(includesPadding: false), window, space.map { _ in 0 })
        }
    }
}
