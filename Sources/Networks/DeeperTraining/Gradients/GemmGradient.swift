import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Gemm and MatMul with a constant right operand: fully connected layers.
enum GemmGradient: GradientRule {
    static func record(_ node: Node, _ tape: inout Tape) throws {
        let gemm = node.operation as? Gemm
        let (inputID, x) = try tape.input(node, 0)
        guard let (_, matrix) = tape.constant(node, 1), matrix.shape.rank == 2, x.shape.rank == 2,
            gemm?.isATransposed != true, gemm?.alpha ?? 1 == 1, gemm?.beta ?? 1 == 1
        else {
            throw DeeperError(
                .unsupported, "only x W + bias with a constant matrix W and factors of 1 can be trained")
        }
        let isTransposed = gemm?.isBTransposed == true
        let (inputs, outputs) =
            isTransposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
        let shape = DenseShape(rows: x.shape[0], inputs: inputs, outputs: outputs)
        let (clamp, outputID) = (gemm?.clamp ?? .unbounded, try tape.output(node))
        let y = try tape.make(outputID)
        let weight = try tape.parameter(
            node, 1, .weight, fanIn: inputs, fanOut: outputs,
            order: isTransposed ? .same : .transposed(inputs: inputs, outputs: outputs))
        var bias: (parameter: Parameter, value: Tape.Value)?
        if let (_, values) = tape.constant(node, 2) {
            guard values.shape.elementCount == outputs else {
                throw DeeperError(.unsupported, "a bias of shape \(values.shape), expected [\(outputs)]")
            }
            bias = try tape.parameter(node, 2, .bias)
        } else if node.inputs.count > 2, node.inputs[2] != nil {
            throw DeeperError(.unsupported, "the bias is computed, training needs a constant")
        }
        let macs = shape.rows * inputs * outputs
        tape.draft.add(
            DenseForwardKernel(shape, hasBias: bias != nil, clamp: clamp, options: tape.options), named: node.name,
            node.operatorName, reads: [x, weight.value] + (bias.map { [$0.value] } ?? []), writes: [y], macs: macs)
        tape.propagate(
            [inputID], to: outputID, always: weight.parameter.isTrained || bias?.parameter.isTrained == true)
        guard tape.needsGradient(outputID) else { return }
        tape.onBackward { tape in
            guard let dy = tape.arrived(at: outputID) else { return }
            try ConvGradient.preceding(
                node.name, y, dy, clamp, bias?.parameter, pixels: shape.rows, channels: outputs, &tape)
            if weight.parameter.isTrained {
                tape.draft.add(
                    DenseWeightGradientKernel(shape, options: tape.options), named: node.name, "weight gradient",
                    reads: [x, dy], writes: [try tape.gradient(of: weight.parameter)], macs: macs)
            }
            if tape.needsGradient(inputID) {
                let (dx, adds) = try tape.target(for: inputID)
                tape.draft.add(
                    DenseDataGradientKernel(shape, adds: adds, options: tape.options), named: node.name,
                    "data gradient", reads: [dy, weight.value], updates: adds ? [dx] : [], writes: adds ? [] : [dx],
                    macs: macs)
            }
        }
    }
}
