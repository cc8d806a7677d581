import DeeperImaging
import DeeperTensors
import Testing

@Suite struct PictureTests {
    @Test("a picture keeps its samples and says its extent")
    func samples() throws {
        let picture = try Picture(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        #expect(picture.pixels == [1, 2, 3, 4, 5, 6])
        #expect(picture.extent == Extent(width: 2, height: 1))
    }

    @Test(
        "samples that do not fit the extent are refused",
        arguments: [(2, 1, 5), (2, 1, 7), (0, 1, 0), (1, -1, 3), (Int.max, 2, 6), (1 << 62, 4, 0)])
    func unsound(width: Int, height: Int, sampleCount: Int) {
        expectError(.invalidInput) {
            try Picture(width: width, height: height, pixels: [UInt8](repeating: 0, count: sampleCount))
        }
    }

    @Test("a crop holds the pixels at its place")
    func crop() throws {
        let picture = try Picture.noise(width: 7, height: 5, seed: 1)
        let crop = try picture.cropped(x: 2, y: 1, width: 4, height: 3)
        for (x, y) in [(0, 0), (3, 0), (0, 2), (3, 2)] {
            #expect(crop.samples(x: x, y: y) == picture.samples(x: x + 2, y: y + 1))
        }
        #expect(try picture.cropped(x: 0, y: 0, width: 7, height: 5) == picture)
    }

    @Test(
        "a crop that leaves the picture is refused",
        arguments: [(4, 0, 4, 1), (0, 3, 1, 3), (-1, 0, 2, 2), (0, 0, 8, 1), (0, 0, 0, 1), (Int.max, 0, 1, 1)])
    func cropOutside(x: Int, y: Int, width: Int, height: Int) throws {
        let picture = try Picture.noise(width: 7, height: 5, seed: 1)
        expectError(.invalidInput) { try picture.cropped(x: x, y: y, width: width, height: height) }
    }

    @Test(
        "half an odd margin of a centre crop goes to even, as in torchvision",
        arguments: [(32, 16), (29, 14), (31, 16), (1, 0), (3, 2), (0, 0)])
    func centreCrop(margin: Int, offset: Int) throws {
        let picture = try Picture.noise(width: 5 + margin, height: 4, seed: 2)
        #expect(
            try picture.centreCropped(width: 5, height: 4) == picture.cropped(x: offset, y: 0, width: 5, height: 4))
    }

    @Test("a centre crop that does not fit names both extents")
    func centreCropTooLarge() throws {
        let picture = try Picture.noise(width: 7, height: 5, seed: 1)
        expectError(.invalidInput, containing: "6x6 does not fit a picture of 7x5") {
            try picture.centreCropped(width: 6, height: 6)
        }
    }
}
