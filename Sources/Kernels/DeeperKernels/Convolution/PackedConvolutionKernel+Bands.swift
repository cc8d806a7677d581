extension PackedConvolutionKernel: BandKernel {
    var outputPixels: Int { shape.images * shape.window.outputPixels }
    var channels: Int { shape.outputChannels }
    var pixelsPerUnit: Int { shape.window.output[2] }
    var makesBands: Bool {
        shape.weightOperands == 0 && shape.groups == 1 && shape.outputs.count == 1 && shape.residualPitch == nil
    }
    var macsPerElement: Int { shape.reduction }

    func scratchByteCount(ofBand units: Int) -> Int {
        isPadded
            ? shape.window.reach(1, of: min(units, shape.window.output[1])) * paddedWidth * shape.inputChannels * 4 : 0
    }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let source = UnsafePointer(operands.floats(0))
        let window = shape.window
        var first = units.lowerBound
        while first < units.upperBound {
            let (image, line) = (first / window.output[1], first % window.output[1])
            let end = min(units.upperBound, (image + 1) * window.output[1])
            multiply(
                filters.groups[0],
                rows(
                    of: line..<line + end - first, of: source + image * window.inputPixels * shape.inputPitch, scratch),
                .band(target + (first - units.lowerBound) * window.output[2] * pitch, pitch: pitch))
            first = end
        }
    }
}
