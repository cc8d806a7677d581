import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct ResizeTests {
    @Test("the same extent gives the same picture", arguments: ResizeFilter.allCases)
    func sameExtent(filter: ResizeFilter) throws {
        let picture = try Picture.noise(width: 9, height: 7, seed: 6)
        #expect(try picture.resized(width: 9, height: 7, filter: filter) == picture)
    }

    @Test("one colour stays that colour", arguments: ResizeFilter.allCases)
    func oneColour(filter: ResizeFilter) throws {
        let colour: [UInt8] = [255, 0, 77]
        let picture = try Picture(width: 13, height: 8, pixels: Array(repeatElement(colour, count: 104).joined()))
        for extent in [Extent(width: 1, height: 1), Extent(width: 30, height: 3), Extent(width: 5, height: 40)] {
            let resized = try picture.resized(width: extent.width, height: extent.height, filter: filter)
            #expect(resized.extent == extent)
            #expect(resized.pixels == Array(repeatElement(colour, count: extent.width * extent.height).joined()))
        }
    }

    @Test("halving with the triangle: weights 1 3 3 1 of 8 inside, 3 3 1 of 7 at the edge, rounded")
    func bilinearByHand() throws {
        let greys: [UInt8] = [0, 80, 40, 200, 120, 240]
        let picture = try Picture(width: 6, height: 1, pixels: greys.flatMap { [$0, $0, $0] })
        let resized = try picture.resized(width: 3, height: 1, filter: .bilinear)
        // (0 + 240 + 40) / 7, (80 + 120 + 600 + 120) / 8, (200 + 360 + 720) / 7
        #expect([0, 1, 2].map { resized.samples(x: $0, y: 0)[0] } == [40, 115, 183])
    }

    @Test("turning the picture by a quarter turns the result", arguments: [ResizeFilter.bilinear, .bicubic])
    func axesAlike(filter: ResizeFilter) throws {
        let row = try Picture.noise(width: 23, height: 1, seed: 7)
        let column = try Picture(width: 1, height: 23, pixels: row.pixels)
        for length in [1, 5, 22, 24, 60] {
            #expect(
                try row.resized(width: length, height: 1, filter: filter).pixels
                    == column.resized(width: 1, height: length, filter: filter).pixels)
        }
    }

    @Test("an empty extent and one beyond the limit are refused", arguments: ResizeFilter.allCases)
    func refused(filter: ResizeFilter) throws {
        let picture = try Picture.noise(width: 4, height: 4, seed: 8)
        expectError(.invalidInput) { try picture.resized(width: 0, height: 4, filter: filter) }
        expectError(.invalidInput) { try picture.resized(width: 4, height: -1, filter: filter) }
        expectError(.limitExceeded) { try picture.resized(width: 1 << 20, height: 1 << 20, filter: filter) }
        expectError(.limitExceeded) { try picture.resized(width: Int.max, height: 2, filter: filter) }
    }

    @Test("between a tall and a wide picture there is no step of 10^10 pixels")
    func tallToWide() throws {
        let tall = try Picture(width: 1, height: 100_000, pixels: [UInt8](repeating: 9, count: 300_000))
        let wide = try tall.resized(width: 100_000, height: 1, filter: .bicubic)
        #expect(wide.pixels == tall.pixels)
        #expect(try wide.resized(width: 1, height: 100_000, filter: .bicubic) == tall)
    }
}

@Suite(.enabled(if: Pillow.isPresent, "\(PythonReference.absence)")) struct ResizeAgainstPillowTests {
    private static let oddExtents = [
        (1, 1), (1, 17), (17, 1), (3, 5), (7, 13), (64, 64), (227, 227), (256, 256), (500, 1), (1, 500), (100, 7),
        (31, 60), (31, 61),
    ].map { Extent(width: $0, height: $1) }

    @Test("noise of odd extents, up and down, all filters")
    func noise() throws {
        let sources = try ResizeAgainstPillowTests.oddExtents.enumerated().map { seed, extent in
            try Picture.noise(width: extent.width, height: extent.height, seed: UInt64(seed))
        }
        try withTemporaryFolder { folder in
            var jobs: [(source: Picture, job: Pillow.Job)] = []
            for (number, source) in sources.enumerated() {
                let path = "\(folder)/\(number).png"
                try PNGEncoder.write(source, to: path)
                jobs.append((source, Pillow.Job(path: path)))
                for extent in ResizeAgainstPillowTests.oddExtents {
                    for filter in ResizeFilter.allCases {
                        jobs.append((source, Pillow.Job(path: path, filter: filter, extent: extent)))
                    }
                }
            }
            try compare(jobs)
        }
    }

    @Test(
        "photographs at the extents of networks",
        .enabled(if: TestData.has("images/imagenet"), "\(TestData.absence)"))
    func photographs() throws {
        #if DEBUG
        let paths = TestData.files(under: "images/imagenet", endings: ["jpeg"]).prefix(10)
        #else
        let paths = TestData.files(under: "images/imagenet", endings: ["jpeg"])
        #expect(paths.count == 100)
        #endif
        var jobs: [(source: Picture, job: Pillow.Job)] = []
        for path in paths {
            let source = try Picture(contentsOf: path)
            jobs.append((source, Pillow.Job(path: path)))
            for filter in [ResizeFilter.bilinear, .bicubic] {
                for extent in [Extent(width: 256, height: 256), Extent(width: 299, height: 224)] {
                    jobs.append((source, Pillow.Job(path: path, filter: filter, extent: extent)))
                }
            }
        }
        for start in stride(from: 0, to: jobs.count, by: 50) { try compare(Array(jobs[start...].prefix(50))) }
    }

    private func compare(_ jobs: [(source: Picture, job: Pillow.Job)]) throws {
        for ((source, job), theirs) in zip(jobs, try Pillow.answers(to: jobs.map(\.job))) {
            let ours = try job.filter.map {
                try source.resized(width: job.extent.width, height: job.extent.height, filter: $0)
            }
            // Not compared inside #expect, which would print every sample.
            let isEqual = (ours ?? source) == theirs
            #expect(isEqual, "\(job) from \(source.extent)")
        }
    }
}
