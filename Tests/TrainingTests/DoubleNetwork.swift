import DeeperGraphs
import DeeperKernels
import DeeperTensors
import Foundation

/// A network computed in float64 by plain loops over ONNX's definitions, in training mode: what finite differences are
/// taken of. It shares nothing with the kernels.
struct DoubleNetwork {
    struct Value {
        var shape: [Int]
        var elements: [Double]

        subscript(n: Int, c: Int, h: Int, w: Int) -> Double {
            elements[((n * shape[1] + c) * shape[2] + h) * shape[3] + w]
        }
    }

    let graph: Graph
    var constants: [String: [Double]] = [:]

    init(_ graph: Graph) throws {
        self.graph = graph
        for (value, tensor) in graph.constants { constants[graph.name(of: value)] = try tensor.doubles() }
    }

    /// The weighted sum of the mean cross-entropies of all outputs.
    func loss(_ pictures: Value, _ labels: [Int], weights: [Double], smoothing: Double) throws -> Double {
        var values = [graph.inputs[0].value: pictures]
        for node in graph.nodes {
            guard let first = node.inputs[0], let x = values[first], let output = node.outputs[0] else { continue }
            let rest = node.inputs.dropFirst().compactMap { $0 }
            values[output] = try compute(node, x, rest.map { (graph.name(of: $0), values[$0]) })
        }
        return graph.outputs.enumerated().reduce(0) { sum, entry in
            guard let logits = values[entry.element] else { return .nan }
            let classes = logits.shape[1]
            let loss = labels.indices.reduce(0.0) { sum, row in
                let own = Array(logits.elements[row * classes..<(row + 1) * classes])
                let largest = own.max() ?? 0
                let common = own.reduce(0, +) / Double(classes)
                return sum + log(own.reduce(0) { $0 + exp($1 - largest) })
                    - ((1 - smoothing) * own[labels[row]] + smoothing * common - largest)
            }
            return sum + weights[entry.offset] * loss / Double(labels.count)
        }
    }

    private func compute(_ node: Node, _ x: Value, _ rest: [(name: String, value: Value?)]) throws -> Value {
        switch node.operatorName {
        case "Conv": try convolution(node, x, rest.map(\.name))
        case "Relu": Value(shape: x.shape, elements: x.elements.map { max($0, 0) })
        case "Clip": Value(shape: x.shape, elements: x.elements.map { min(max($0, 0), 6) })
        case "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool": try pool(node, x)
        case "LRN": normalized(node, x)
        case "BatchNormalization": batchNormalized(node, x, rest.map(\.name))
        case "Add", "Sum":
            rest.reduce(into: x) { sum, other in sum.elements = zip(sum.elements, other.value!.elements).map(+) }
        case "Concat": concatenated([x] + rest.map { $0.value! })
        case "Flatten", "Reshape", "Squeeze":
            Value(shape: [x.shape[0], x.shape[1...].reduce(1, *)], elements: x.elements)
        case "Gemm", "MatMul": matrixProduct(node, x, rest.map(\.name))
        default: x
        }
    }

    private func convolution(_ node: Node, _ x: Value, _ names: [String]) throws -> Value {
        let conv = node.operation as! Conv
        let weights = constants[names[0]]!, bias = names.count > 1 ? constants[names[1]]! : nil
        let shape = graph.constants[node.inputs[1]!]!.shape
        let window = try conv.geometry(
            input: try Shape(validating: x.shape), weights: shape)
        let filters = shape[0], channels = shape[1], perGroup = filters / conv.groups
        var y = Value(shape: [x.shape[0], filters, window.output[1], window.output[2]], elements: [])
        y.elements = Array(repeating: 0, count: y.shape.reduce(1, *))
        let sources = (0..<window.outputPixels).map { pixel in
            (0..<window.taps).compactMap { tap in
                window.inputPixel(ofOutput: pixel, tap: tap).map { (tap: tap, source: $0) }
            }
        }
        let plane = x.shape[2] * x.shape[3]
        // Pointers, because checked subscripts make this a matter of minutes in debug.
        y.elements.withUnsafeMutableBufferPointer { y in
            weights.withUnsafeBufferPointer { weights in
                x.elements.withUnsafeBufferPointer { elements in
                    for row in 0..<x.shape[0] * filters {
                        let (n, k) = (row / filters, row % filters)
                        for pixel in 0..<window.outputPixels {
                            var sum = bias?[k] ?? 0
                            for (tap, source) in sources[pixel] {
                                var w = k * channels * window.taps + tap
                                var s = (n * x.shape[1] + k / perGroup * channels) * plane + source
                                for _ in 0..<channels {
                                    sum += weights[w] * elements[s]
                                    w += window.taps
                                    s += plane
                                }
                            }
                            y[row * window.outputPixels + pixel] = sum
                        }
                    }
                }
            }
        }
        return y
    }

    private func pool(_ node: Node, _ x: Value) throws -> Value {
        let space = [x.shape[2], x.shape[3]]
        let window: WindowGeometry, isMaximum: Bool, includesPadding: Bool, after: [Int]
        switch node.operation {
        case let pool as MaxPool:
            (window, after) = try pool.window.window(input: space, kernel: pool.window.requiredKernel())
            (isMaximum, includesPadding) = (true, false)
        case let pool as AveragePool:
            (window, after) = try pool.window.window(input: space, kernel: pool.window.requiredKernel())
            (isMaximum, includesPadding) = (false, pool.includesPadding)
        default:
            window = WindowGeometry(
                input: space, output: [1, 1], kernel: space, stride: [1, 1], dilation: [1, 1], padBefore: [0, 0])
            (isMaximum, includesPadding, after) = (node.operatorName == "GlobalMaxPool", false, [0, 0])
        }
        var y = Value(shape: [x.shape[0], x.shape[1], window.output[1], window.output[2]], elements: [])
        for n in 0..<x.shape[0] {
            for c in 0..<x.shape[1] {
                for row in 0..<window.output[1] {
                    for column in 0..<window.output[2] {
                        var best = -Double.infinity, sum = 0.0, inside = 0, padded = 0
                        for i in 0..<window.kernel[1] {
                            for j in 0..<window.kernel[2] {
                                let h = row * window.stride[1] - window.padBefore[1] + i
                                let w = column * window.stride[2] - window.padBefore[2] + j
                                if h < space[0] + after[0], w < space[1] + after[1] { padded += 1 }
                                guard (0..<space[0]).contains(h), (0..<space[1]).contains(w) else { continue }
                                best = max(best, x[n, c, h, w])
                                sum += x[n, c, h, w]
                                inside += 1
                            }
                        }
                        y.elements.append(isMaximum ? best : sum / Double(includesPadding ? padded : inside))
                    }
                }
            }
        }
        return y
    }

    private func normalized(_ node: Node, _ x: Value) -> Value {
        let lrn = node.operation as! LRN
        var y = x
        let plane = x.shape[2] * x.shape[3], channels = x.shape[1]
        for n in 0..<x.shape[0] {
            for pixel in 0..<plane {
                for c in 0..<channels {
                    let window = max(0, c - (lrn.size - 1) / 2)...min(channels - 1, c + lrn.size / 2)
                    let squares = window.reduce(0.0) { sum, i in
                        let value = x.elements[(n * channels + i) * plane + pixel]
                        return sum + value * value
                    }
                    let scale = Double(lrn.bias) + Double(lrn.alpha) / Double(lrn.size) * squares
                    y.elements[(n * channels + c) * plane + pixel] *= pow(scale, -Double(lrn.beta))
                }
            }
        }
        return y
    }

    private func batchNormalized(_ node: Node, _ x: Value, _ names: [String]) -> Value {
        let epsilon = Double((node.operation as! BatchNormalization).epsilon)
        var y = x
        let plane = x.shape[2] * x.shape[3], channels = x.shape[1]
        for c in 0..<channels {
            let places = (0..<x.shape[0]).flatMap { n in (0..<plane).map { (n * channels + c) * plane + $0 } }
            let mean = places.reduce(0) { $0 + x.elements[$1] } / Double(places.count)
            let variance =
                places.reduce(0) { $0 + (x.elements[$1] - mean) * (x.elements[$1] - mean) }
                / Double(places.count)
            for place in places {
                y.elements[place] =
                    constants[names[0]]![c] * (x.elements[place] - mean) / (variance + epsilon).squareRoot()
                    + constants[names[1]]![c]
            }
        }
        return y
    }

    private func concatenated(_ parts: [Value]) -> Value {
        var result = Value(shape: parts[0].shape, elements: [])
        result.shape[1] = parts.reduce(0) { $0 + $1.shape[1] }
        for n in 0..<parts[0].shape[0] {
            for part in parts {
                let length = part.shape[1...].reduce(1, *)
                result.elements += part.elements[n * length..<(n + 1) * length]
            }
        }
        return result
    }

    private func matrixProduct(_ node: Node, _ x: Value, _ names: [String]) -> Value {
        let isTransposed = (node.operation as? Gemm)?.isBTransposed ?? false
        let matrix = constants[names[0]]!, bias = names.count > 1 ? constants[names[1]]! : nil
        let inputs = x.shape[1], outputs = matrix.count / inputs
        var y = Value(shape: [x.shape[0], outputs], elements: [])
        for n in 0..<x.shape[0] {
            for o in 0..<outputs {
                y.elements.append(
                    (0..<inputs).reduce(bias?[o] ?? 0) {
                        $0 + x.elements[n * inputs + $1]
                            * matrix[isTransposed ? o * inputs + $1 : $1 * outputs + o]
                    })
            }
        }
        return y
    }
}
