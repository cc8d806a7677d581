import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("crops of a picture whose answers are averaged") struct CropSetTests {
    /// A picture whose red is the column and green the row.
    private func numbered(_ width: Int, _ height: Int) throws -> Picture {
        let pixels = (0..<width * height).flatMap { (index: Int) -> [UInt8] in
            [UInt8(index % width), UInt8(index / width), 0]
        }
        return try Picture(width: width, height: height, pixels: pixels)
    }

    private func corner(_ picture: Picture) -> [UInt8] { Array(picture.pixels[..<2]) }

    @Test("ten: the corners and the middle, then their mirror images") func ten() throws {
        let preprocessing = Preprocessing(centreCrop: Extent(width: 4, height: 2))
        let crops = try preprocessing.crops(of: numbered(10, 6), .ten)
        #expect(
            crops.map(corner) == [
                [0, 0], [6, 0], [0, 4], [6, 4], [3, 2], [3, 0], [9, 0], [3, 4], [9, 4], [6, 2],
            ])
        #expect(crops.allSatisfy { $0.extent == Extent(width: 4, height: 2) })
        #expect(crops[7].pixels == crops[2].mirrored.pixels && crops[2].mirrored.mirrored == crops[2])
    }

    @Test("one: what preprocessing gives") func single() throws {
        let preprocessing = Preprocessing(
            resize: .exact(width: 8, height: 7), centreCrop: Extent(width: 4, height: 3), channels: .bgr,
            mean: [1, 2, 3])
        let picture = try numbered(10, 6)
        let crops = try preprocessing.crops(of: picture, .single)
        #expect(crops.count == 1)
        #expect(try preprocessing.afterCropping.planes(of: crops[0]) == preprocessing.planes(of: picture))
    }

    /// Thirds in red, green and blue, from left to right or from top to bottom.
    private func thirds(_ isPortrait: Bool) throws -> Picture {
        let (long, short) = (96, 32)
        let pixels = (0..<long * short).flatMap { index -> [UInt8] in
            let place = isPortrait ? index / short : index % long
            return (0..<3).map { $0 == place / short ? 255 : 0 }
        }
        return try Picture(width: isPortrait ? short : long, height: isPortrait ? long : short, pixels: pixels)
    }

    @Test("144: four scales, three squares each, six crops of a square, all mirrored", arguments: [false, true])
    func paper(isPortrait: Bool) throws {
        let preprocessing = Preprocessing(filter: .nearest, centreCrop: Extent(width: 28, height: 28))
        let crops = try preprocessing.crops(of: thirds(isPortrait), .googLeNet)
        #expect(crops.count == 144 && Set(crops.map(\.extent)) == [Extent(width: 28, height: 28)])
        // The squares have one colour each, whatever the crop and the scale.
        for (index, crop) in crops.enumerated() {
            let third = index % 18 / 6
            let colour = (0..<3).map { $0 == third ? UInt8(255) : 0 }
            #expect(crop.pixels == (0..<28 * 28).flatMap { _ in colour }, "crop \(index)")
        }
        for index in 0..<72 { #expect(crops[index + 72].pixels == crops[index].mirrored.pixels) }
    }

    @Test("preprocessing without a crop, or with one that is not a square, is refused") func refused() throws {
        let picture = try numbered(40, 40)
        let whole = Preprocessing(resize: .exact(width: 8, height: 8))
        let oblong = Preprocessing(centreCrop: Extent(width: 8, height: 6))
        let large = Preprocessing(centreCrop: Extent(width: 41, height: 8))
        #expect(try errorCode { _ = try whole.crops(of: picture, .ten) } == .invalidInput)
        #expect(try errorCode { _ = try oblong.crops(of: picture, .googLeNet) } == .invalidInput)
        #expect(try errorCode { _ = try large.crops(of: picture, .ten) } == .invalidInput)
        #expect(try oblong.crops(of: picture, .ten).count == 10)
    }
}
