internal import CDeeperKernels
public import DeeperTensors

/// Makes the kernel that converts quantised numbers to real ones.
///
/// - Parameters:
///   - source: int8, uint8, int16, uint16 or int32.
///   - nest: the strides of X, the scale, the zero point (0 if there is none) and Y in this order.
public func dequantizeKernel(
    _ source: ElementType, nest: LoopNest, hasZeroPoint: Bool, options: KernelOptions
) -> any Kernel {
    switch source {
    case .int8: DequantizeKernel<Int8>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    case .int16: DequantizeKernel<Int16>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    case .uint16: DequantizeKernel<UInt16>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    case .int32: DequantizeKernel<Int32>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    default: DequantizeKernel<UInt8>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    }
}

/// Y[i] = (X[i] - zero point) * scale.
///
/// Operands: X, the scale, the zero point if there is one, Y. Scales and zero points follow the nest's strides. A scale
/// that is not positive and finite ends the run with a fault.
final class DequantizeKernel<Source: FixedWidthInteger & TensorElement>: Kernel {
    var report: KernelReport { KernelReport("dequantise") }
    var tileCount: Int { tiles.count }
    private let nest: LoopNest
    private let tiles: StreamTiles
    private let hasZeroPoint: Bool
    private let loops: VectorLoops

    init(nest: LoopNest, hasZeroPoint: Bool, options: KernelOptions) {
        loops = VectorLoops(options.instructionSet)
        self.nest = nest
        self.hasZeroPoint = hasZeroPoint
        tiles = StreamTiles(rows: nest.rowCount, columns: nest.innerCount)
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (rows, columns) = tiles[tile]
        let x = operands.typed(0, as: Source.self), y = operands.floats(hasZeroPoint ? 3 : 2)
        let scales = operands.typed(1, as: Float.self)
        let zeroPoints = operands.typed(hasZeroPoint ? 2 : 1, as: Source.self)
        let steps = nest.innerStrides
        nest.forEachRow(rows) { start in
            let first = start &+ steps &* SIMD4(repeating: columns.lowerBound)
            if steps[1] == 0, steps[2] == 0 {
                let scale = scales[first[1]]
                guard isScale(scale) else { return operands.report(.badScale) }
                let zeroPoint = hasZeroPoint ? Int32(truncatingIfNeeded: zeroPoints[first[2]]) : 0
                let (source, target) = (x + first[0], y + first[3])
                if steps[0] == 1, steps[3] == 1, Source.bitWidth == 8 {
                    loops.table.dequantize(
                        target, source, columns.count, Source.isSigned ? 0x80 : 0, zeroPoint, scale)
                } else {
                    for index in 0..<columns.count {
                        let stored = Int32(truncatingIfNeeded: source[index &* steps[0]])
                        target[index &* steps[3]] = Float(stored &- zeroPoint) * scale
                    }
                }
                return
            }
            if Source.bitWidth == 8, steps[0] == 1, steps[1] == 1, steps[3] == 1, steps[2] == 1 || !hasZeroPoint {
                let areScales = loops.table.dequantize_columns(
                    y + first[3], x + first[0], columns.count, scales + first[1],
                    hasZeroPoint ? UnsafeRawPointer(zeroPoints + first[2]) : nil, Source.isSigned ? 0x80 : 0)
                if areScales == 0 { operands.report(.badScale) }
                return
            }
            for index in 0..<columns.count {
                let at = first &+ steps &* SIMD4(repeating: index)
                let scale = scales[at[1]]
                guard isScale(scale) else { return operands.report(.badScale) }
                let zeroPoint = hasZeroPoint ? Int32(truncatingIfNeeded: zeroPoints[at[2]]) : 0
                y[at[3]] = Float(Int32(truncatingIfNeeded: x[at[0]]) &- zeroPoint) * scale
            }
        }
    }
}
