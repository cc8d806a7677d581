import DeeperImaging
import DeeperTensors
import Foundation
import Testing

@Suite struct PreprocessingTests {
    @Test("channels are separated into planes, in either order")
    func planes() throws {
        let picture = try Picture(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        #expect(try Preprocessing.raw.planes(of: picture) == [1, 4, 2, 5, 3, 6])
        #expect(try Preprocessing(channels: .bgr).planes(of: picture) == [3, 6, 2, 5, 1, 4])
    }

    @Test("mean and deviation belong to output channels")
    func normalisation() throws {
        let picture = try Picture(width: 1, height: 1, pixels: [10, 20, 30])
        let preprocessing = Preprocessing(channels: .bgr, scale: 0.5, mean: [1, 2, 3], std: [2, 4, 8])
        #expect(try preprocessing.planes(of: picture) == [7, 2, 0.25])
    }

    @Test(
        "luma has Rec. 601's weights and keeps grey",
        arguments: [
            ([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([255, 255, 255], 255), ([1, 1, 1], 1),
        ] as [([UInt8], Float)])
    func luma(samples: [UInt8], grey: Float) throws {
        let picture = try Picture(width: 1, height: 1, pixels: samples)
        #expect(try Preprocessing(channels: .luma).planes(of: picture) == [grey])
    }

    @Test(
        "the shorter side gets its length, the longer side is rounded down",
        arguments: [((500, 375), (341, 256)), ((375, 500), (256, 341)), ((100, 100), (256, 256)), ((3, 2), (384, 256))])
    func shorterSide(input: (Int, Int), output: (Int, Int)) throws {
        let extent = try Preprocessing(resize: .shorterSide(length: 256))
            .outputExtent(for: Extent(width: input.0, height: input.1))
        #expect(extent == Extent(width: output.0, height: output.1))
    }

    @Test("steps follow one another: resize, crop, normalise")
    func steps() throws {
        let picture = try Picture.noise(width: 40, height: 30, seed: 9)
        let preprocessing = Preprocessing(
            resize: .exact(width: 20, height: 16), filter: .bicubic, centreCrop: Extent(width: 9, height: 8))
        let middle = try picture.resized(width: 20, height: 16, filter: .bicubic)
            .cropped(x: 6, y: 4, width: 9, height: 8)
        #expect(try preprocessing.planes(of: picture) == Preprocessing.raw.planes(of: middle))
        #expect(try preprocessing.outputExtent(for: picture.extent) == Extent(width: 9, height: 8))
    }

    @Test("writing into a batch leaves the neighbours alone")
    func batchSlot() throws {
        let picture = try Picture.noise(width: 3, height: 2, seed: 10)
        var batch = [Float](repeating: -1, count: 3 * 18)
        try batch.withUnsafeMutableBufferPointer {
            try Preprocessing.raw.write(picture, into: UnsafeMutableBufferPointer(rebasing: $0[18..<36]))
        }
        #expect(Array(batch[18..<36]) == (try Preprocessing.raw.planes(of: picture)))
        #expect((batch[..<18] + batch[36...]).allSatisfy { $0 == -1 })
        expectError(.invalidInput, containing: "expected 3x2x3") {
            try batch.withUnsafeMutableBufferPointer { try Preprocessing.raw.write(picture, into: $0) }
        }
    }

    @Test("a crop larger than the resized picture is refused")
    func cropTooLarge() throws {
        let picture = try Picture.noise(width: 100, height: 80, seed: 11)
        let preprocessing = Preprocessing(centreCrop: Extent(width: 90, height: 90))
        expectError(.invalidInput, containing: "90x90 does not fit a picture of 100x80") {
            try preprocessing.planes(of: picture)
        }
    }

    @Test(
        "invalid values are refused",
        arguments: [
            Preprocessing(mean: [1]), Preprocessing(std: [1, 1, 1, 1]), Preprocessing(std: [1, 0, 1]),
            Preprocessing(scale: .nan), Preprocessing(channels: .luma, mean: [1, 2, 3]),
            Preprocessing(resize: .exact(width: 0, height: 4)), Preprocessing(resize: .shorterSide(length: -3)),
            Preprocessing(centreCrop: Extent(width: 0, height: 1)),
        ])
    func unsound(preprocessing: Preprocessing) throws {
        let picture = try Picture.noise(width: 4, height: 4, seed: 12)
        expectError(.invalidInput) { try preprocessing.planes(of: picture) }
    }

    @Test("a shorter side that makes the longer side overflow is refused")
    func overflow() throws {
        let picture = try Picture.noise(width: 4, height: 1, seed: 12)
        expectError(.limitExceeded) { try Preprocessing(resize: .shorterSide(length: 1 << 61)).planes(of: picture) }
    }

    @Test("presets by name; an unknown name lists them")
    func presets() throws {
        #expect(Preprocessing.presetNames == ["caffe", "cifar10", "inception-cifar10", "raw", "torchvision"])
        #expect(try Preprocessing.preset(named: "caffe") == .caffe)
        expectError(.invalidInput, containing: "caffe, cifar10, inception-cifar10, raw, torchvision") {
            try Preprocessing.preset(named: "Caffe")
        }
        let photo = Extent(width: 500, height: 375)
        #expect(try Preprocessing.caffe.outputExtent(for: photo) == Extent(width: 224, height: 224))
        #expect(try Preprocessing.torchvision.outputExtent(for: photo) == Extent(width: 224, height: 224))
    }

    @Test("torchvision's black and white are (0 - mean) / std and (1 - mean) / std")
    func torchvisionValues() throws {
        let picture = try Picture(width: 2, height: 1, pixels: [0, 0, 0, 255, 255, 255])
        let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        var expected: [Float] = []
        for channel in 0..<3 {
            expected.append(Float(-mean[channel] / std[channel]))
            expected.append(Float((1 - mean[channel]) / std[channel]))
        }
        #expect(try Preprocessing.cifar10.planes(of: picture) == expected)
    }

    @Test("JSON keeps every value")
    func json() throws {
        for name in Preprocessing.presetNames {
            let preset = try Preprocessing.preset(named: name)
            let json = try JSONEncoder().encode(preset)
            #expect(try JSONDecoder().decode(Preprocessing.self, from: json) == preset)
        }
    }
}
