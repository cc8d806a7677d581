import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct DatasetTests {
    private func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }

    /// An IDX file of unsigned bytes.
    private func idx(_ dimensions: [Int], _ content: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)]
            + dimensions.flatMap { extent in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) } } + content
    }

    @Test("a CIFAR-10 record is a label and three planes; several files follow one another")
    func cifar10() throws {
        try withTemporaryFolder { folder in
            let planes = (0..<3).flatMap { [UInt8](repeating: UInt8(50 * $0), count: 1023) + [UInt8($0)] }
            try write([7] + planes, to: folder + "/one.bin")
            try write([2] + planes + [9] + planes, to: folder + "/two.bin")
            let pictures = try CIFAR10Binary(contentsOf: [folder + "/one.bin", folder + "/two.bin"])
            #expect(try (0..<pictures.count).map { try pictures.picture(at: $0).label } == [7, 2, 9])
            let picture = try pictures.picture(at: 1).picture
            #expect(picture.extent == Extent(width: 32, height: 32))
            #expect(picture.samples(x: 5, y: 6) == [0, 50, 100])
            #expect(picture.samples(x: 31, y: 31) == [0, 1, 2])
            #expect(pictures.classNames?.count == 10)
        }
    }

    @Test("a CIFAR-10 file of a wrong length or with a wrong label is refused and named")
    func unsoundCIFAR10() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/bad.bin"
            for bytes in [[], [UInt8](repeating: 0, count: 3072), [10] + [UInt8](repeating: 0, count: 3072)] {
                try write(bytes, to: path)
                expectError(.invalidModel, containing: "bad.bin") { try CIFAR10Binary(contentsOf: [path]) }
            }
            expectError(.limitExceeded) { try CIFAR10Binary(contentsOf: [path], maxFileBytes: 3000) }
            expectError(.fileNotFound) { try CIFAR10Binary(contentsOf: [folder + "/none.bin"]) }
        }
    }

    @Test("IDX pictures are grey")
    func idxPictures() throws {
        try withTemporaryFolder { folder in
            try write(idx([2, 1, 3], [1, 2, 3, 4, 5, 6]), to: folder + "/pictures")
            try write(idx([2], [8, 250]), to: folder + "/labels")
            let data = try IDXPictures(pictures: folder + "/pictures", labels: folder + "/labels")
            #expect(data.count == 2)
            let (picture, label) = try data.picture(at: 1)
            #expect(picture == (try Picture(width: 3, height: 1, pixels: [4, 4, 4, 5, 5, 5, 6, 6, 6])))
            #expect(label == 250)
        }
    }

    @Test("IDX files that contradict themselves or one another are refused")
    func unsoundIDX() throws {
        let pictures = idx([2, 1, 3], [1, 2, 3, 4, 5, 6])
        let labels = idx([2], [8, 9])
        let unsound: [(pictures: [UInt8], labels: [UInt8], text: String)] = [
            (pictures, idx([3], [1, 2, 3]), "2 pictures"),
            (pictures.dropLast(), labels, "5 elements"),
            (pictures + [0], labels, "7 elements"),
            (Array(pictures.prefix(15)), labels, "header"),
            ([], labels, "header"),
            (labels + [UInt8](repeating: 0, count: 20), labels, "rank 3"),
            (pictures, pictures, "rank 1"),
            ([0, 0, 13] + pictures[3...], labels, "unsigned bytes"),
            (idx([2, 0, 3], []), labels, "no pixels"),
            (idx([0, 1, 3], []), idx([0], []), "no pixels"),
        ]
        try withTemporaryFolder { folder in
            for files in unsound {
                try write(files.pictures, to: folder + "/pictures")
                try write(files.labels, to: folder + "/labels")
                expectError(.invalidModel, containing: files.text) {
                    try IDXPictures(pictures: folder + "/pictures", labels: folder + "/labels")
                }
            }
            let huge = idx([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [])
            try write(huge, to: folder + "/pictures")
            expectError(.limitExceeded, containing: "pictures") {
                try IDXPictures(pictures: folder + "/pictures", labels: folder + "/labels")
            }
        }
    }

    @Test("the packed MNIST test set", .enabled(if: TestData.has("mnist"), "\(TestData.absence)"))
    func mnist() throws {
        let (pictures, labels) = (
            TestData.path("mnist/t10k-images-idx3-ubyte.gz"), TestData.path("mnist/t10k-labels-idx1-ubyte.gz")
        )
        let data = try IDXPictures(pictures: pictures, labels: labels)
        #expect(data.count == 10000)
        let (picture, label) = try data.picture(at: 0)
        #expect(picture.extent == Extent(width: 28, height: 28))
        #expect(picture.pixels.reduce(0) { $0 + Int($1) } == 3 * 18454)
        #expect(label == 7)

        expectError(.limitExceeded, containing: "above the limit") {
            try IDXPictures(pictures: pictures, labels: labels, maxFileBytes: 7_840_015)
        }
        let packed = [UInt8](try Data(contentsOf: URL(filePath: labels)))
        try withTemporaryFolder { folder in
            var changed = packed
            changed[packed.count / 2] ^= 0xFF
            for bytes in [Array(packed.dropLast(9)), Array(packed.dropLast()), changed, packed + [1], packed + packed] {
                try write(bytes, to: folder + "/labels.gz")
                expectError(.invalidModel, containing: "labels.gz") {
                    try IDXPictures(pictures: pictures, labels: folder + "/labels.gz")
                }
            }
        }
    }

    @Test("the CIFAR-10 extract", .enabled(if: TestData.has("cifar10"), "\(TestData.absence)"))
    func cifar10Extract() throws {
        let data = try CIFAR10Binary(contentsOf: [TestData.path("cifar10/test_batch_lossless_1000.bin")])
        #expect(data.count == 1000)
        #expect(try (0..<10).map { try data.picture(at: $0).label } == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1])
        #expect(try data.picture(at: 0).picture.samples(x: 0, y: 0) == [158, 112, 49])
    }

    @Test("a folder of folders: classes by name, and a reason for everything that is left out")
    func pictureFolder() throws {
        try withTemporaryFolder { folder in
            for name in ["dog", "Cat", "ant", ".hidden", "dog/inner.png"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            try write([1], to: folder + "/readme.txt")
            let files = ["dog/b.PNG", "dog/a.png", "Cat/c.png", ".hidden/d.png", "dog/.e.png", "dog/inner.png/f.png"]
            for (seed, file) in files.enumerated() {
                try PNGEncoder.write(.noise(width: 1 + seed, height: 2, seed: UInt64(seed)), to: "\(folder)/\(file)")
            }
            try write([1, 2, 3], to: folder + "/dog/notes.txt")
            for file in ["loose.png", "dog/photo.bak"] {
                try PNGEncoder.write(.noise(width: 1, height: 1, seed: 9), to: "\(folder)/\(file)")
            }
            let data = try PictureFolder(contentsOf: folder)
            #expect(data.classNames == ["Cat", "ant", "dog"])
            let all = try (0..<data.count).map { try data.picture(at: $0) }
            #expect(all.map(\.label) == [0, 2, 2, 2])
            #expect(all.map(\.picture.width) == [3, 2, 1, 6])
            let paths = ["Cat/c.png", "dog/a.png", "dog/b.PNG", "dog/inner.png/f.png"].map { "\(folder)/\($0)" }
            #expect((0..<4).map(data.name) == paths)
            let skipped = Dictionary(uniqueKeysWithValues: data.skipped.map { ($0.path, $0) })
            let expected: [String: SkippedFile.Kind] = [
                ".hidden": .hidden, "readme.txt": .ending, "loose.png": .outside, "dog/.e.png": .hidden,
                "dog/notes.txt": .ending, "dog/photo.bak": .ending,
            ]
            #expect(skipped.count == expected.count)
            for (path, kind) in expected { #expect(skipped["\(folder)/\(path)"]?.kind == kind, "\(path)") }
            // Only the second one would be a picture under another name.
            #expect(skipped["\(folder)/dog/notes.txt"]?.reason.contains("rename") == false)
            #expect(skipped["\(folder)/dog/photo.bak"]?.reason.contains("rename") == true)
        }
    }

    @Test("a missing folder and a folder without pictures are refused")
    func emptyFolder() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/dog", withIntermediateDirectories: true)
            expectError(.invalidModel, containing: "found no picture") { try PictureFolder(contentsOf: folder) }
            expectError(.fileNotFound, containing: "none") { try PictureFolder(contentsOf: folder + "/none") }
        }
    }
}
