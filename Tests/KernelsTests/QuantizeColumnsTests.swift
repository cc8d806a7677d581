import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperKernels

/// A scale and a zero point for each channel of a channels-last image, whole registers and less.
@Suite struct QuantizeColumnsTests {
    private static let rows = 5

    private func nest(_ columns: Int) throws -> LoopNest {
        try #require(
            LoopNest(extents: [Self.rows, columns], strides: [[columns, 1], [0, 1], [0, 1], [columns, 1]]))
    }

    @Test("each channel by its own scale and zero point", arguments: [8, 16, 37], [ElementType.int8, .uint8])
    func channels(columns: Int, type: ElementType) throws {
        var generator = SeededGenerator(seed: UInt64(columns))
        let reals = (0..<Self.rows * columns).map { _ in Float.random(in: -40...40, using: &generator) }
        let scales = (0..<columns).map { _ in Float.random(in: 0.05...0.5, using: &generator) }
        let zeros = (0..<columns).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for hasZeroPoint in [true, false] {
            func zeroPoint(_ channel: Int) -> Int32 {
                guard hasZeroPoint else { return 0 }
                return type == .int8 ? Int32(Int8(bitPattern: zeros[channel])) : Int32(zeros[channel])
            }
            let stored = reals.enumerated().map { index, real in
                let channel = index % columns
                let store = Saturation(
                    zeroPoint: zeroPoint(channel), least: type.byteRange.lowerBound, most: type.byteRange.upperBound)
                return UInt8(truncatingIfNeeded: store(real / scales[channel]))
            }
            let back = stored.enumerated().map { index, bits in
                let value = type == .int8 ? Int32(Int8(bitPattern: bits)) : Int32(bits)
                return Float(value - zeroPoint(index % columns)) * scales[index % columns]
            }
            let parameters = [Input(scales)] + (hasZeroPoint ? [Input(zeros)] : [])
            for set in InstructionSet.available {
                let options = try KernelOptions(.packed, instructionSet: set)
                let quantize = quantizeKernel(
                    .float32, to: type, nest: try nest(columns), hasZeroPoint: hasZeroPoint, options: options)
                let bytes = try exercise(
                    quantize, inputs: [Input(reals)] + parameters,
                    outputs: [Output(type, rows: Self.rows, channels: columns)])
                #expect(bytes.outputs[0] == stored, "\(set.rawValue)")
                let dequantize = dequantizeKernel(
                    type, nest: try nest(columns), hasZeroPoint: hasZeroPoint, options: options)
                let result = try exercise(
                    dequantize, inputs: [Input(stored)] + parameters,
                    outputs: [Output(.float32, rows: Self.rows, channels: columns)])
                #expect(result.elements() == back, "\(set.rawValue)")
            }
        }
    }

    @Test("a scale that is none ends the run", arguments: [Float(0), -1, .nan, .infinity]) func badScale(scale: Float)
        throws
    {
        for position in [3, 36] {
            var scales = [Float](repeating: 0.5, count: 37)
            scales[position] = scale
            for set in InstructionSet.available {
                let options = try KernelOptions(.packed, instructionSet: set)
                let kernel = quantizeKernel(
                    .float32, to: .uint8, nest: try nest(37), hasZeroPoint: false, options: options)
                let result = try exercise(
                    kernel, inputs: [Input([Float](repeating: 1, count: Self.rows * 37)), Input(scales)],
                    outputs: [Output(.uint8, rows: Self.rows, channels: 37)])
                #expect(result.fault == .badScale, "\(set.rawValue)")
            }
        }
    }
}
