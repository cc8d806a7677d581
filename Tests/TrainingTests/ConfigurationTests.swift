import DeeperGraphs
import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import DeeperTraining
import Foundation
import Testing

@Suite struct ConfigurationTests {
    private func message(_ json: String) -> String {
        do {
            _ = try TrainingConfiguration(json: json)
            return "accepted"
        } catch let error as DeeperError {
            return error.code == .invalidInput ? "\(error)" : "wrong code \(error.code)"
        } catch {
            return "wrong error \(error)"
        }
    }

    @Test("fields left out have their defaults; comments and trailing commas are allowed")
    func defaults() throws {
        let recipe = try TrainingConfiguration(json: "{ /* nothing */ batch: 7, schedule: {rate: 0.5,}, }")
        #expect(recipe.batch == 7)
        #expect(recipe.schedule.rate == 0.5)
        #expect(recipe.schedule.kind == TrainingConfiguration().schedule.kind)
        #expect(try TrainingConfiguration(json: recipe.json) == recipe)
    }

    @Test(arguments: [
        ("{batsh: 7}", "no field batsh"), ("{schedule: {rat: 1}}", "schedule.rat"), ("{batch: 0}", "batch is 0"),
        ("{batch: \"many\"}", "batch cannot be \"many\""),
        ("{optimizer: {kind: \"sgdd\"}}", "optimizer.kind cannot be \"sgdd\""), ("{", "not JSON"),
        ("[1]", "not an object"), ("{optimizer: {momentum: 1.5}}", "momentum"), ("{schedule: 3}", "schedule"),
        ("{normalization: {std: [0, 1, 1]}}", "deviations"), ("{augmentation: {distortion: 2}}", "distortion"),
        ("{epochs: 2.5}", "epochs cannot be 2.5"), ("{data: {limit: -1}}", "limit"),
        ("{data: {orientation: \"left\"}}", "data.orientation cannot be \"left\""),
    ])
    func refuses(_ json: String, _ part: String) {
        #expect(message(json).contains(part), "\(message(json))")
    }

    @Test("the recipes that come with deeper are sound", arguments: ReadyRecipe.allCases)
    func ready(_ recipe: ReadyRecipe) throws {
        let configuration = try recipe.configuration()
        #expect(try TrainingRun.graph(configuration).outputs.count == 3)
        if recipe == .inception {
            let extent = Extent(width: 32, height: 32)
            #expect(configuration.normalization.preprocessing(extent) == .inceptionCIFAR10)
        }
        if recipe == .article {
            #expect(configuration.batch == 256 && configuration.epochs == 25 && configuration.extent == 224)
            let schedule = configuration.schedule
            for epoch in 0..<25 {
                let expected = 0.01 * pow(0.96, floor(Double(1 + epoch) / 8))
                #expect(abs(schedule.rate(step: epoch * 195 + 7, stepsPerEpoch: 195, epochs: 25) - expected) < 1e-12)
            }
        }
    }

    @Test func schedules() {
        var schedule = Schedule()
        schedule.rate = 0.2
        schedule.kind = .cosine
        schedule.last = 0.02
        #expect(schedule.rate(step: 0, stepsPerEpoch: 10, epochs: 4) == 0.2)
        #expect(abs(schedule.rate(step: 20, stepsPerEpoch: 10, epochs: 4) - 0.11) < 1e-12)
        #expect(abs(schedule.rate(step: 40, stepsPerEpoch: 10, epochs: 4) - 0.02) < 1e-12)
        schedule.kind = .polynomial
        #expect(abs(schedule.rate(step: 30, stepsPerEpoch: 10, epochs: 4) - 0.1) < 1e-12)
        schedule.kind = .constant
        schedule.warmup = 1
        #expect(abs(schedule.rate(step: 0, stepsPerEpoch: 10, epochs: 4) - 0.2 / 11) < 1e-12)
        #expect(schedule.rate(step: 10, stepsPerEpoch: 10, epochs: 4) == 0.2)
    }

    @Test("errors in data, checkpoint or network are reported with the file")
    func badFiles() throws {
        try withTemporaryFolder { folder in
            let base = try SmallRecipe.configuration(in: folder)
            func failure(resumes: Bool = false, _ change: (inout TrainingConfiguration) throws -> Void) throws -> String
            {
                var recipe = base
                try change(&recipe)
                do {
                    _ = try TrainingRun(recipe, checkpoint: "\(folder)/checkpoint", resumes: resumes, threads: 1)
                    return "accepted"
                } catch let error as DeeperError {
                    return "\(error.code) \(error)"
                }
            }
            #expect(try failure { $0.data.train = [] }.contains("no data"))
            #expect(try failure { $0.data.train = ["\(folder)/absent.bin"] }.contains("absent.bin"))
            let short = "\(folder)/short.bin"
            try Data(try Data(contentsOf: URL(fileURLWithPath: base.data.train[0])).prefix(5000)).write(
                to: URL(fileURLWithPath: short))
            #expect(try failure { $0.data.train = [short] }.contains("short.bin"))
            #expect(try failure { $0.classes = 7 }.contains("classes"))
            #expect(try failure { $0.batch = 97 }.contains("fewer than a batch"))
            #expect(try failure { $0.network = "\(folder)/net.onnx" }.contains("net.onnx"))
            #expect(try failure { $0.initial.weights = "\(folder)/w.safetensors" }.contains("w.safetensors"))
            #expect(try failure(resumes: true) { _ in }.contains("checkpoint"))
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: "\(folder)/checkpoint"))
            #expect(try failure(resumes: true) { _ in }.contains("invalidModel"))
            #expect(try failure { $0.frozen = [""] }.contains("trained weight"))
        }
    }

    @Test("the classes of test pictures are those of the training pictures by name; others are refused")
    func testClasses() throws {
        try withTemporaryFolder { folder in
            let base = try SmallRecipe.configuration(in: folder)
            let picture = try Picture(width: 4, height: 4, pixels: [UInt8](repeating: 9, count: 48))
            func failure(_ names: [String]) throws -> String? {
                let test = "\(folder)/\(names.joined(separator: "-"))"
                for name in names {
                    try FileManager.default.createDirectory(
                        atPath: "\(test)/\(name)", withIntermediateDirectories: true)
                    try PNGEncoder.write(picture, to: "\(test)/\(name)/1.png")
                }
                return try failure(test: test)
            }
            func failure(test: String) throws -> String? {
                var recipe = base
                recipe.data.test = [test]
                do {
                    _ = try TrainingRun(recipe, checkpoint: "\(folder)/checkpoint", resumes: false, threads: 1)
                    return nil
                } catch let error as DeeperError {
                    return error.code == .invalidInput ? "\(error)" : "wrong code \(error.code)"
                }
            }
            // CIFAR-10 has cats and ships, and no zebras.
            #expect(try failure(["Cat", "ship"]) == nil)
            let zebra = try #require(try failure(["cat", "zebra"]))
            #expect(zebra.contains("test pictures") && zebra.contains("\"zebra\""), "\(zebra)")
            let images = "\(folder)/images-idx3-ubyte"
            try Data([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]).write(to: URL(fileURLWithPath: images))
            try Data([0, 0, 8, 1, 0, 0, 0, 1, 3]).write(to: URL(fileURLWithPath: "\(folder)/labels-idx1-ubyte"))
            let numbers = try #require(try failure(test: images))
            #expect(numbers.contains("numbers"), "\(numbers)")
            let store = try PictureStore(
                try PictureFolder(contentsOf: "\(folder)/Cat-ship"), classCount: 10, outputs: [3, 8], threads: 1)
            #expect((0..<2).map { store[$0].label } == [3, 8])
        }
    }

    @Test("a picture that cannot be read is left out and named; one that can is not")
    func skips() throws {
        try withTemporaryFolder { folder in
            for name in ["a", "b"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            let picture = try Picture(width: 4, height: 4, pixels: [UInt8](repeating: 9, count: 48))
            for file in ["a/1.png", "a/2.png", "b/1.png"] { try PNGEncoder.write(picture, to: "\(folder)/\(file)") }
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(folder)/b/2.png"))
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(folder)/a/notes.txt"))
            let store = try PictureStore(try PictureFolder(contentsOf: folder), classCount: 2, threads: 2)
            #expect(store.count == 3)
            #expect(store.skipped.map(\.path) == ["\(folder)/a/notes.txt", "\(folder)/b/2.png"])
            #expect(store.skipped.map(\.kind) == [.ending, .unreadable])
            #expect((0..<3).map { store[$0].label } == [0, 0, 1])
            // The limits are the caller's.
            var recipe = TrainingConfiguration()
            (recipe.batch, recipe.classes, recipe.data.train) = (2, 2, [folder])
            for (limit, count) in [(16, 2), (15, 5)] {
                do {
                    let run = try TrainingRun(
                        recipe, checkpoint: "\(folder)/checkpoint", resumes: false, threads: 1,
                        limits: DecodingLimits(maxPixelCount: limit))
                    #expect(run.skipped.count == count && count == 2)
                } catch let error as DeeperError {
                    #expect(count == 5, "\(error)")
                }
            }
            #expect(throws: DeeperError.self) {
                _ = try PictureStore(try PictureFolder(contentsOf: folder), classCount: 1, threads: 1)
            }
        }
    }
}
