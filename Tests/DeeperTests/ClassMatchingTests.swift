import Deeper
import DeeperTensors
import DeeperTestSupport
import Testing

struct ClassMatchingTests {
    /// ImageNet's lines, among them two cranes.
    private static let synsets = [
        "n01440764 tench, Tinca tinca", "n02012849 crane", "n03126707 crane", "n01601694 water ouzel, dipper",
        "n03773504 missile", "n04008634 projectile, missile",
    ]

    @Test(
        "a class is found by number, line, names, first name or any name, whatever case and spaces",
        arguments: [
            ("n01440764", 0), ("N01440764", 0), ("n01440764 tench, Tinca tinca", 0), ("tench, tinca tinca", 0),
            ("Tench", 0),
            ("Tinca_tinca", 0), ("n02012849", 1), ("n03126707_crane", 2), ("n01440764_a_fish", 0), ("water_ouzel", 3),
            ("  Water  Ouzel ", 3),
            ("dipper", 3), ("missile", 4), ("projectile", 5), ("projectile,_missile", 5),
        ])
    func found(name: String, output: Int) throws {
        let matching = try ClassMatching(
            names: [name], labels: ClassMatchingTests.synsets, outputCount: ClassMatchingTests.synsets.count)
        #expect(matching.outputs == [output])
        #expect(matching.basis == .labels)
    }

    @Test("plain names, and a label that fits exactly before one that fits in another case")
    func plain() throws {
        let labels = ["turkey", "Turkey", "T-shirt/top"]
        let matching = try ClassMatching(names: ["T-shirt/top", "Turkey", "turkey"], labels: labels, outputCount: 3)
        #expect(matching.outputs == [2, 1, 0])
    }

    private func message(_ names: [String], _ labels: [String]?, outputCount: Int) -> String {
        do {
            return "accepted \(try ClassMatching(names: names, labels: labels, outputCount: outputCount).outputs)"
        } catch let error as DeeperError {
            return error.code == .invalidInput ? "\(error)" : "wrong code \(error.code)"
        } catch {
            return "wrong error \(error)"
        }
    }

    @Test("unknown and ambiguous classes, and two for one output, are refused by name")
    func refused() {
        let labels = ClassMatchingTests.synsets
        let unknown = message(["tench", "zebra", "okapi"], labels, outputCount: 6)
        #expect(unknown.contains("\"zebra\", \"okapi\"") && unknown.contains("tench, Tinca tinca"), "\(unknown)")
        #expect(!unknown.contains("\"tench\""))
        let crane = message(["crane"], labels, outputCount: 6)
        #expect(crane.contains("\"crane\"") && crane.contains("output 1") && crane.contains("output 2"), "\(crane)")
        let twice = message(["n01440764", "tench"], labels, outputCount: 6)
        #expect(
            twice.contains("\"n01440764\"") && twice.contains("\"tench\"") && twice.contains("output 0"), "\(twice)")
        let short = message(["tench"], labels, outputCount: 1000)
        #expect(short.contains("6 labels") && short.contains("1000 outputs"), "\(short)")
    }

    @Test("without labels the order decides, and only where there are as many classes as outputs")
    func order() throws {
        let matching = try ClassMatching(names: ["b", "a"], labels: nil, outputCount: 2)
        #expect(matching.outputs == [0, 1] && matching.basis == .order)
        for count in [1, 3, 1000] {
            let text = message(["a", "b"], nil, outputCount: count)
            #expect(text.contains("2 classes") && text.contains("\(count) outputs") && text.contains("--labels"))
        }
    }

    @Test("numbered classes are outputs; a label beyond the outputs is refused")
    func numbered() throws {
        #expect(try ClassMatching(classCount: 3, outputCount: 10).outputs == [0, 1, 2])
        let error = try errorCode { _ = try ClassMatching(classCount: 11, outputCount: 10) }
        #expect(error == .invalidInput)
    }

    @Test(
        "all of ImageNet's numbers and lines are found, and of its first names all but the three that occur twice",
        .enabled(if: TestData.has("images/imagenet/synset_words.txt"), "\(TestData.absence)"))
    func imageNet() throws {
        let labels = try ClassLabels.read(TestData.path("images/imagenet/synset_words.txt"))
        let index = LabelIndex(labels)
        var ambiguous: Set<String> = []
        for (output, line) in labels.enumerated() {
            #expect(index.outputs(named: String(line.prefix(9))) == [output])
            #expect(index.outputs(named: line.uppercased()) == [output])
            let first = line.dropFirst(10).prefix { $0 != "," }
            let found = index.outputs(named: String(first).replacing(" ", with: "_"))
            if found != [output] { ambiguous.insert(first.lowercased()) }
        }
        #expect(ambiguous.isSubset(of: ["crane", "cardigan", "maillot"]))
        #expect(index.outputs(named: "crane").count == 2)
    }
}
