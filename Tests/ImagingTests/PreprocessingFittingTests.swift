import DeeperImaging
import Testing

/// Presets for networks whose input has another extent than the preset's own.
@Suite struct PreprocessingFittingTests {
    private typealias Resize = Preprocessing.Resize

    @Test(
        "the crop becomes the extent; the resize stays if it fits, otherwise it keeps the preset's proportion",
        arguments: [
            // SqueezeNet 1.1, AlexNet: cut out of the same 256 x 256.
            (Preprocessing.caffe, 227, 227, Resize.exact(width: 256, height: 256)),
            (.caffe, 224, 224, .exact(width: 256, height: 256)), (.caffe, 256, 256, .exact(width: 256, height: 256)),
            // 256 * 299 / 224 = 341.7
            (.caffe, 299, 299, .exact(width: 342, height: 342)), (.caffe, 112, 112, .exact(width: 128, height: 128)),
            (.caffe, 448, 224, .exact(width: 512, height: 256)), (.torchvision, 256, 256, .shorterSide(length: 256)),
            (.torchvision, 288, 288, .shorterSide(length: 329)), (.torchvision, 160, 160, .shorterSide(length: 183)),
            (.torchvision, 240, 320, .shorterSide(length: 366)),
        ] as [(Preprocessing, Int, Int, Preprocessing.Resize)])
    func crops(preset: Preprocessing, width: Int, height: Int, resize: Preprocessing.Resize) throws {
        let fitted = preset.fitted(to: Extent(width: width, height: height))
        #expect(fitted.resize == resize)
        var expected = preset
        (expected.resize, expected.centreCrop) = (resize, Extent(width: width, height: height))
        #expect(fitted == expected)
        for picture in [Extent(width: 500, height: 375), Extent(width: 30, height: 900)] {
            #expect(try fitted.outputExtent(for: picture) == Extent(width: width, height: height))
        }
    }

    @Test("without a crop an exact resize takes the extent, and no resize stays none")
    func withoutCrop() {
        let extent = Extent(width: 48, height: 64)
        #expect(Preprocessing.inceptionCIFAR10.fitted(to: extent).resize == .exact(width: 48, height: 64))
        #expect(Preprocessing.raw.fitted(to: extent) == .raw)
        #expect(Preprocessing.cifar10.fitted(to: extent) == .cifar10)
    }

    @Test("an extent that no picture has changes nothing", arguments: [0, -1, 65_536, .max])
    func outOfRange(side: Int) {
        for extent in [Extent(width: side, height: 32), Extent(width: 32, height: side)] {
            for preset in [Preprocessing.caffe, .torchvision, .inceptionCIFAR10] {
                #expect(preset.fitted(to: extent) == preset)
            }
        }
    }
}
