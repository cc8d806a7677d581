/// Convolution by its definition, in NCHW with float64 sums: the reference twin of the fast kernels.
///
/// Y[n][k][p] = epilogue(sum over c of k's group and taps t of X[n][c][p * stride - pad + t * dilation] W[k][c][t])
public func convolutionReference(
    _ shape: ConvolutionShape, input: [Float], weights: [Float], residual: [Float]? = nil,
    epilogue: Epilogue = Epilogue()
) -> [Float] {
    let window = shape.window
    var output: [Float] = []
    output.reserveCapacity(shape.images * shape.outputChannels * window.outputPixels)
    for image in 0..<shape.images {
        for filter in 0..<shape.outputChannels {
            let firstChannel = filter / shape.filtersPerGroup * shape.channelsPerGroup
            for pixel in 0..<window.outputPixels {
                let position = window.outputPosition(pixel)
                var sum = 0.0
                for channel in 0..<shape.channelsPerGroup {
                    for tap in 0..<window.taps {
                        let spot = window.inputPosition(position, tap: tap)
                        guard let offset = window.inputPixel(spot) else { continue }
                        let x =
                            input[
                                (image * shape.inputChannels + firstChannel + channel) * window.inputPixels + offset]
                        sum +=
                            Double(x)
                            * Double(weights[(filter * shape.channelsPerGroup + channel) * window.taps + tap])
                    }
                }
                sum *= Double(epilogue.scale?[filter] ?? 1)
                sum += Double(epilogue.bias?[filter] ?? 0) + Double(residual?[output.count] ?? 0)
                output.append(Float(epilogue.ending.reference(sum, column: filter)))
            }
        }
    }
    return output
}
