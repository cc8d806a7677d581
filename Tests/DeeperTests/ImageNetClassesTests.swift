import Deeper
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct ImageNetClassesTests {
    private static let list = "images/imagenet/synset_words.txt"

    @Test("1,000 classes in the order of their wnids, without the licence before them")
    func order() {
        #expect(ImageNetClasses.names.count == 1000 && ImageNetClasses.wnids.count == 1000)
        #expect(ImageNetClasses.wnids == Set(ImageNetClasses.wnids).sorted())
        #expect(ImageNetClasses.wnids.allSatisfy { $0.hasPrefix("n") && $0.dropFirst().allSatisfy(\.isNumber) })
        #expect(ImageNetClasses.names.allSatisfy { !$0.isEmpty && $0.first != " " })
        #expect(ImageNetClasses.names[0] == "tench, Tinca tinca")
        #expect(ImageNetClasses.names[999] == "toilet tissue, toilet paper, bathroom tissue")
    }

    @Test(
        "one row of 1,000 scores for each picture may be ImageNet's classes, other outputs of 1,000 numbers not",
        arguments: [
            ([-1, 1000], true), ([-1, 1000, 1, 1], true), ([-1, 500, 2], false), ([-1, 10, 10, 10], false),
            ([-1, 1001], false),
        ])
    func mayFit(shape: [Int], expected: Bool) throws {
        var builder = GraphBuilder(name: "scores")
        let count = shape.dropFirst().reduce(1, *)
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(count)]))
        let dimensions = builder.constant("shape", try Tensor(shape.map(Int64.init), shape: [shape.count]))
        builder.output(try builder.node("Reshape", "y", [x, dimensions]))
        #expect(ImageNetClasses.mayFit(Model(graph: builder.graph)) == expected)
    }

    @Test(
        "the classes are those of Caffe's list", .enabled(if: TestData.has(list), "\(TestData.absence)"))
    func caffe() throws {
        let lines = try String(contentsOfFile: TestData.path(ImageNetClassesTests.list), encoding: .utf8).split(
            separator: "\n")
        #expect(lines.map(String.init) == zip(ImageNetClasses.wnids, ImageNetClasses.names).map { "\($0) \($1)" })
    }
}
