import DeeperTensors
import DeeperTestSupport
import Synchronization
import Testing

@Suite struct HalfPrecisionTests {
    @Test("every float16 has the same value as float32, subnormal ones too")
    func everyFloat16() {
        for bits in UInt16.min...UInt16.max {
            let half = Float16(bitPattern: bits)
            let expected = Float(half)
            let isRight = half.float == expected || half.float.isNaN && expected.isNaN
            #expect(isRight && half.float.sign == expected.sign, "\(bits)")
            if !isRight { return }
        }
    }

    @Test("float16 rounds to the nearest value, ties to even, as the compiler's library does")
    func nearest() {
        for bits in UInt16(0)...0x7c00 {
            let (value, next) = (Double(Float16(bitPattern: bits)), Double(Float16(bitPattern: bits + 1)))
            let middle = bits < 0x7bff ? (value + next) / 2 : 65520
            for number in [value, middle.nextDown, middle, middle.nextUp, -middle] {
                let (found, expected) = (Float16(nearest: number), Float16(number))
                if found.bitPattern != expected.bitPattern {
                    Issue.record("\(number) gives \(found), not \(expected)")
                    return
                }
            }
        }
        #expect(Float16(nearest: .nan).isNaN)
        #expect(Float16(nearest: -Double.leastNonzeroMagnitude).bitPattern == 0x8000)
    }

    @Test("bfloat16 rounds to the nearest value, ties to even, and keeps NaN and infinities")
    func bfloat16() {
        for (value, bits) in [
            (1.0, 0x3f80), (0x1.01p0, 0x3f80), (0x1.010002p0, 0x3f81), (0x1.03p0, 0x3f82), (-2.5, 0xc020),
            (.infinity, 0x7f80), (.greatestFiniteMagnitude, 0x7f80), (0x1p-133, 0x0001),
        ] as [(Float, UInt16)] {
            #expect(BFloat16(value).bitPattern == bits, "\(value)")
        }
        #expect(BFloat16(.nan).float.isNaN)
        #expect(BFloat16(Float(bitPattern: 0x7f80_0001)).float.isNaN)
        for bits in UInt16.min...UInt16.max where !BFloat16(bitPattern: bits).float.isNaN {
            #expect(BFloat16(BFloat16(bitPattern: bits).float).bitPattern == bits)
        }
    }

    /// Bytes that count how often they were read.
    private final class Counted: TensorSource {
        let bytes: [UInt8]
        let reads = Atomic(0)
        init(_ bytes: [UInt8]) { self.bytes = bytes }
        func read(into target: UnsafeMutableRawBufferPointer) {
            reads.add(1, ordering: .relaxed)
            target.copyBytes(from: bytes)
        }
    }

    @Test("large tensors are widened when they are asked for, in place", arguments: [ElementType.float16, .bfloat16])
    func widened(type: ElementType) throws {
        let values = (0..<40_001).map { Float16(Float($0 % 2048) / 8 - 128) }
        let bits = values.map { type == .float16 ? $0.bitPattern : BFloat16($0.float).bitPattern }
        let source = Counted(bits.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        let wide = try Tensor(type, shape: [values.count], source: source).widened()
        #expect(wide.elementType == .float32 && !wide.isInMemory && source.reads.load(ordering: .relaxed) == 0)
        #expect(
            try wide.elements(as: Float.self)
                == bits.map { type == .float16 ? Float16(bitPattern: $0).float : BFloat16(bitPattern: $0).float })
        #expect(source.reads.load(ordering: .relaxed) == 1)
    }

    @Test("conversions go to the nearest half and back, and what is not half stays as it is")
    func conversions() throws {
        let floats = try Tensor([0, 1.0009765625, 65_504, 1e6, -6e-8] as [Float], shape: [5])
        #expect(
            try floats.converted(to: .float16).floats() == [0, 1.0009765625, 65_504, .infinity, -0x1p-24])
        #expect(try floats.converted(to: .bfloat16).converted(to: .float32).floats()[1] == 1)
        #expect(try floats.widened().isIdentical(to: floats))
        #expect(try errorCode { _ = try Tensor(scalar: Int32(1)).floats() } == .invalidInput)
    }
}
