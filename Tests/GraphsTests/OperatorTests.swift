import Deeper
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("every operator of the catalogue has test cases") struct OperatorListTests {
    @Test func theListIsComplete() {
        #expect(OperatorCases.complaints(OperatorCases.all, catalogue: OperatorCatalog.names) == [])
    }

    @Test("the check finds operators without cases, with two lines and unknown ones") func theCheckCanFail() {
        let lines = [
            OperatorCases("Abs", "test_abs"), OperatorCases("Conv"), OperatorCases("Max", "a"),
            OperatorCases("Max", "b"), OperatorCases("Convolve", "c"),
        ]
        #expect(
            OperatorCases.complaints(lines, catalogue: ["Abs", "Add", "Conv", "Max"]) == [
                "Add has 0 lines", "Conv has no cases", "Max has 2 lines", "Convolve is not in the catalogue",
            ])
    }
}

@Suite("ONNX's backend tests", .enabled(if: BackendArchive.isPresent, "\(TestData.absence)"))
struct OperatorTests {
    private static let sets = TestTier.runsHeavyTests ? InstructionSet.available : [.best]

    @Test("each case answers as expected, raw and optimised", arguments: OperatorCases.all)
    func answersAsExpected(line: OperatorCases) throws {
        let all = line.names(among: try BackendArchive.usableNames()).filter {
            !OperatorCases.refused.union(OperatorCases.decidedOtherwise).contains($0)
        }
        #expect(!all.isEmpty)
        // Without optimisation, those of image networks suffice.
        let image = try BackendArchive.imageNames()
        let names = TestTier.runsHeavyTests ? all : all.filter { image.contains($0) || NodeCase.written[$0] != nil }
        for name in names {
            if let written = NodeCase.written[name] {
                #expect(written.operatorName == line.operatorName)
                try written.check()
                continue
            }
            let item = try BackendCase(name)
            if !name.contains("_expanded") {
                #expect(item.model.graph.nodes.contains { $0.operatorName == line.operatorName }, "\(name)")
            }
            for set in OperatorTests.sets {
                for optimizes in [false, true] {
                    let options = EngineOptions(
                        instructionSet: set, optimizesGraph: optimizes, setsBLASThreads: true)
                    let difference = try locating(name) { try item.difference(options) }
                    #expect(difference == nil, "\(name), \(set), \(optimizes ? "optimised" : "raw")")
                }
            }
        }
    }

    @Test(
        "of all cases each passes, or is refused and on the list of those that are",
        .enabled(if: TestTier.runsHeavyTests))
    func wholeArchive() throws {
        let skipped = Set(try BackendArchive.skippedNames())
        let names = try BackendArchive.ownNames()
        #expect(skipped.subtracting(names).sorted() == [])
        #expect(names.count - skipped.count >= 1436)
        for name in names where !OperatorCases.decidedOtherwise.contains(name) {
            do {
                let difference = try BackendCase(name).difference(EngineOptions(setsBLASThreads: true))
                #expect(difference == nil, "\(name)")
                #expect(!skipped.contains(name), "\(name) passes: take it off the list")
            } catch let error as DeeperError where error.code == .unsupported {
                #expect(skipped.contains(name), "\(name): \(error)")
            }
        }
    }

    @Test("each case of image networks is on one line") func eachCaseIsListed() throws {
        let available = try BackendArchive.usableNames()
        let listed = OperatorCases.all.flatMap { $0.names(among: available) }
        let image = try BackendArchive.imageNames().subtracting(BackendArchive.skippedNames())
        #expect(image.subtracting(listed).sorted() == [])
        #expect(Dictionary(grouping: listed) { $0 }.filter { $0.value.count > 1 }.keys.sorted() == [])
        #expect(listed.count >= 1000)
    }

    @Test("each pattern finds a case") func eachPatternFindsACase() throws {
        let available = try BackendArchive.usableNames()
        for line in OperatorCases.all {
            for pattern in line.patterns {
                let names = OperatorCases("", pattern).names(among: available)
                #expect(!names.isEmpty, "\(pattern)")
                for name in names where NodeCase.written[name] == nil { _ = try BackendArchive.path(name) }
            }
        }
    }

    @Test("cases that deeper decides differently do differ", arguments: OperatorCases.decidedOtherwise.sorted())
    func differs(name: String) throws {
        #expect(try BackendCase(name).difference(EngineOptions(setsBLASThreads: true)) != nil)
    }

    @Test("training and opset 1 are refused", arguments: OperatorCases.refused.sorted())
    func isRefused(name: String) throws {
        for optimizes in [false, true] {
            let code = try errorCode {
                _ = try BackendCase(name).difference(EngineOptions(optimizesGraph: optimizes))
            }
            #expect(code == .unsupported)
        }
    }

    @Test("a wrong answer is found") func aWrongAnswerIsFound() throws {
        let expected = try Tensor([Float(1), 2, .nan], shape: [3])
        #expect(try BackendCase.difference(Tensor([Float(1), 2.001, .nan], shape: [3]), expected) == nil)
        #expect(try BackendCase.difference(Tensor([Float(1), 2.01, .nan], shape: [3]), expected) != nil)
        #expect(try BackendCase.difference(Tensor([Float(1), 2, 3], shape: [3]), expected) != nil)
        #expect(try BackendCase.difference(Tensor([Float(1), 2, .nan], shape: [1, 3]), expected) != nil)
        #expect(try BackendCase.difference(Tensor([Double(1), 2, .nan], shape: [3]), expected) != nil)
        let integers = try Tensor([1 << 63, 1 << 62] as [UInt64], shape: [2])
        #expect(try BackendCase.difference(Tensor([1 << 63, 1 << 62] as [UInt64], shape: [2]), integers) == nil)
        #expect(try BackendCase.difference(Tensor([1 << 63 + 1, 1 << 62] as [UInt64], shape: [2]), integers) != nil)
    }
}
