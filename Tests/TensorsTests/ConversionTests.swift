import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct ConversionTests {
    /// Fractions, both infinities, NaN, and numbers just beyond each integer type.
    static let reals: [Double] = [
        0, -0.0, 0.9, -0.9, 1.5, -1.5, 127.9, 128, -128.9, -129, 255.9, 256, 0x1p31, -0x1p31, -0x1p31 - 1, 0x1p63,
        -0x1p63, 1e300, -1e300, .infinity, -.infinity, .nan,
    ]

    private func converted<Element: TensorElement>(_ type: Element.Type) throws -> [Element] {
        let tensor = try Tensor(ConversionTests.reals, shape: [ConversionTests.reals.count])
        return try tensor.converted(to: Element.elementType).elements(as: Element.self)
    }

    @Test("fractions go towards zero, what is beyond the range to its end, NaN to zero")
    func saturating() throws {
        #expect(
            try converted(Int8.self) == [
                0, 0, 0, 0, 1, -1, 127, 127, -128, -128, 127, 127, 127, -128, -128, 127, -128, 127, -128, 127, -128, 0,
            ])
        #expect(
            try converted(UInt8.self) == [
                0, 0, 0, 0, 1, 0, 127, 128, 0, 0, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0,
            ])
        #expect(
            try converted(Int16.self) == [
                0, 0, 0, 0, 1, -1, 127, 128, -128, -129, 255, 256, .max, .min, .min, .max, .min, .max, .min, .max,
                .min, 0,
            ])
        #expect(
            try converted(UInt16.self) == [
                0, 0, 0, 0, 1, 0, 127, 128, 0, 0, 255, 256, .max, 0, 0, .max, 0, .max, 0, .max, 0, 0,
            ])
        #expect(
            try converted(Int32.self) == [
                0, 0, 0, 0, 1, -1, 127, 128, -128, -129, 255, 256, .max, .min, .min, .max, .min, .max, .min, .max,
                .min, 0,
            ])
        #expect(
            try converted(UInt32.self) == [
                0, 0, 0, 0, 1, 0, 127, 128, 0, 0, 255, 256, 1 << 31, 0, 0, .max, 0, .max, 0, .max, 0, 0,
            ])
        #expect(
            try converted(Int64.self) == [
                0, 0, 0, 0, 1, -1, 127, 128, -128, -129, 255, 256, 1 << 31, -1 << 31, -1 << 31 - 1, .max, .min, .max,
                .min, .max, .min, 0,
            ])
        #expect(
            try converted(UInt64.self) == [
                0, 0, 0, 0, 1, 0, 127, 128, 0, 0, 255, 256, 1 << 31, 0, 0, 1 << 63, 0, .max, 0, .max, 0, 0,
            ])
    }

    @Test("anything but zero is true, NaN included")
    func truth() throws {
        #expect(try converted(Bool.self) == ConversionTests.reals.map { !($0 == 0) })
    }

    @Test("float64 is rounded to the nearest float32, overflow to infinity")
    func narrowing() throws {
        let floats = try converted(Float.self)
        for (real, float) in zip(ConversionTests.reals, floats) {
            #expect(float.bitPattern == Float(real).bitPattern || real.isNaN && float.isNaN)
        }
        #expect(floats.contains(.infinity))
    }

    @Test("values that the wider type can hold survive conversion there and back", arguments: ElementType.allCases)
    func thereAndBack(type: ElementType) throws {
        let numbers = try Tensor([0, 1, 1, 0] as [UInt8], shape: [2, 2])
        let there = try numbers.converted(to: type)
        #expect(there.elementType == type)
        #expect(there.shape == [2, 2])
        #expect(try there.converted(to: .uint8).integers() == [0, 1, 1, 0])
        #expect(try Tensor([.max, .min] as [Int64], shape: [2]).converted(to: .int64).integers() == [.max, .min])
    }
}
