internal import CDeeperKernels
public import DeeperTensors

/// Makes the kernel that quantises float32 or int32 numbers.
///
/// - Parameters:
///   - target: int8, uint8, int16 or uint16.
///   - nest: the strides of X, the scale, the zero point (0 if there is none) and Y in this order.
public func quantizeKernel(
    _ source: ElementType, to target: ElementType, nest: LoopNest, hasZeroPoint: Bool, options: KernelOptions
) -> any Kernel {
    source == .int32
        ? quantizeKernel(Int32.self, target, nest, hasZeroPoint, options)
        : quantizeKernel(Float.self, target, nest, hasZeroPoint, options)
}

private func quantizeKernel<Source: NumericElement>(
    _ source: Source.Type, _ target: ElementType, _ nest: LoopNest, _ hasZeroPoint: Bool, _ options: KernelOptions
) -> any Kernel {
    switch target {
    case .int8: QuantizeKernel<Source, Int8>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    case .int16: QuantizeKernel<Source, Int16>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    case .uint16: QuantizeKernel<Source, UInt16>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    default: QuantizeKernel<Source, UInt8>(nest: nest, hasZeroPoint: hasZeroPoint, options: options)
    }
}

/// Y[i] = X[i] / scale, rounded to the nearest integer, ties to even, plus the zero point, saturating in Y's type.
///
/// Operands: X, the scale, the zero point if there is one, Y. Scales and zero points follow the nest's strides: one for
/// all, one for each entry of an axis, or one for each block. A scale that is not positive and finite ends the run with
/// a fault.
final class QuantizeKernel<Source: NumericElement, Target: QuantizedElement>: Kernel {
    var report: KernelReport { KernelReport("quantise") }
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
        let x = operands.typed(0, as: Source.self), y = operands.typed(hasZeroPoint ? 3 : 2, as: Target.self)
        let scales = operands.typed(1, as: Float.self)
        let zeroPoints = operands.typed(hasZeroPoint ? 2 : 1, as: Target.self)
        let steps = nest.innerStrides
        nest.forEachRow(rows) { start in
            let first = start &+ steps &* SIMD4(repeating: columns.lowerBound)
            if steps[1] == 0, steps[2] == 0 {
                let scale = scales[first[1]]
                guard isScale(scale) else { return operands.report(.badScale) }
                let store = Saturation(Target.self, zeroPoint: hasZeroPoint ? zeroPoints[first[2]] : 0)
                let (source, target) = (x + first[0], y + first[3])
                if steps[0] == 1, steps[3] == 1, Target.bitWidth == 8,
                    let source = source as? UnsafeMutablePointer<Float>
                {
                    loops.table.quantize(
                        target, source, columns.count, scale, store.lower, store.upper, store.zeroPoint)
                } else {
                    for index in 0..<columns.count {
                        let value = source[index &* steps[0]].nearestFloat / scale
                        target[index &* steps[3]] = Target(truncatingIfNeeded: store(value))
                    }
                }
                return
            }
            if Target.bitWidth == 8, steps[0] == 1, steps[1] == 1, steps[3] == 1, steps[2] == 1 || !hasZeroPoint,
                let x = x as? UnsafeMutablePointer<Float>
            {
                let areScales = loops.table.quantize_columns(
                    y + first[3], x + first[0], columns.count, scales + first[1],
                    hasZeroPoint ? UnsafeRawPointer(zeroPoints + first[2]) : nil, Target.isSigned ? 0x80 : 0)
                if areScales == 0 { operands.report(.badScale) }
                return
            }
            for index in 0..<columns.count {
                let at = first &+ steps &* SIMD4(repeating: index)
                let scale = scales[at[1]]
                guard isScale(scale) else { return operands.report(.badScale) }
                let store = Saturation(Target.self, zeroPoint: hasZeroPoint ? zeroPoints[at[2]] : 0)
                y[at[3]] = Target(truncatingIfNeeded: store(x[at[0]].nearestFloat / scale))
            }
        }
    }
}

/// Whether a number is a valid scale: positive and finite.
public func isScale(_ value: Float) -> Bool { value > 0 && value.isFinite }

extension NumericElement {
    /// The value as float32, rounded if necessary.
    @inline(__always)
    var nearestFloat: Float {
        switch self {
        case let value as Float: value
        case let value as Int32: Float(value)
        default: Float(double)
        }
    }
}
