internal import DeeperTensors

/// Convolution of quantised channels-last images in int32 by plain loops, for any window, type and zero point.
///
/// Sums are exact, so they do not depend on the order of additions. Padding has the value of the zero point and adds
/// nothing.
final class IntegerConvolutionKernel<Pixel: QuantizedElement>: Kernel {
    var report: KernelReport {
        KernelReport(
            "direct \(shape.window.kernelText) of integers", preparedByteCount: filters.count * 2)
    }
    let tileCount: Int
    private let shape: ConvolutionShape
    /// [outputChannels][tap][channelsPerGroup], with their zero points subtracted.
    private let filters: [Int16]
    private let zeroPoint: ZeroPoint
    private let epilogue: IntegerEpilogue
    private let outputOperand: Int

    /// - Parameters:
    ///   - shape: the convolution, with pitches in elements, one output, and a residual if the epilogue has one.
    ///   - filters: [outputChannels, channelsPerGroup, taps...] row-major, with their zero points subtracted.
    init(
        _ shape: ConvolutionShape, filters: [Int16], zeroPoint: ZeroPoint, epilogue: IntegerEpilogue
    ) {
        precondition(filters.count == shape.outputChannels * shape.reduction && shape.outputs.count == 1)
        precondition((shape.residualPitch == nil) == (epilogue.residual == nil) && epilogue.isConsistent)
        self.shape = shape
        self.zeroPoint = zeroPoint
        self.epilogue = epilogue
        outputOperand = zeroPoint.nextOperand + (epilogue.residual == nil ? 0 : 1)
        let (channels, taps) = (shape.channelsPerGroup, shape.window.taps)
        self.filters = [Int16](unsafeUninitializedCapacity: filters.count) { buffer, count in
            for filter in 0..<shape.outputChannels {
                for channel in 0..<channels {
                    for tap in 0..<taps {
                        buffer[(filter * taps + tap) * channels + channel] =
                            filters[(filter * channels + channel) * taps + tap]
                    }
                }
            }
            count = filters.count
        }
        let lines = shape.images * shape.window.output[0] * shape.window.output[1]
        tileCount = shape.outputChannels == 0 || shape.window.output[2] == 0 ? 1 : max(1, lines)
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = shape.window
        let lines = window.output[0] * window.output[1]
        guard tile < shape.images * lines else { return }
        let pixels = operands.typed(0, as: Pixel.self) + tile / lines * window.inputPixels * shape.inputPitch
        let zero = zeroPoint.value(operands, Pixel.elementType)
        for column in 0..<window.output[2] {
            let pixel = tile % lines * window.output[2] + column
            let row = tile / lines * window.outputPixels + pixel
            let residual = shape.residualPitch.map {
                operands.typed(outputOperand - 1, as: UInt8.self) + row * $0
            }
            for filter in 0..<shape.outputChannels {
                let sum = sum(of: filter, at: window.outputPosition(pixel), pixels, zero)
                epilogue.store(
                    sum, column: filter, addend: residual?[filter] ?? 0, to: operands[outputOperand],
                    at: row * shape.outputs[0].pitch + filter)
            }
        }
    }

    private func sum(
        of filter: Int, at position: SIMD3<Int>, _ pixels: UnsafePointer<Pixel>, _ zero: Int32
    ) -> Int32 {
        let (channels, taps) = (shape.channelsPerGroup, shape.window.taps)
        let firstChannel = filter / shape.filtersPerGroup * channels
        var sum: Int32 = 0
        filters.withUnsafeBufferPointer { filters in
            for tap in 0..<taps {
                guard let pixel = shape.window.inputPixel(shape.window.inputPosition(position, tap: tap)) else {
                    continue
                }
                let own = pixels + pixel * shape.inputPitch + firstChannel
                let weights = filters.baseAddress! + (filter * taps + tap) * channels
                for channel in 0..<channels {
                    sum &+= (Int32(truncatingIfNeeded: own[channel]) &- zero) &* Int32(weights[channel])
                }
            }
        }
        return sum
    }
}
