#if CommandLine
import DeeperCommandSupport
import Testing

@Suite("what bench --why says of a profile") struct CostExplanationTests {
    private func step(
        _ name: String, _ milliseconds: Double, copy: Double?, macs: Int = 0, inputs: [[Int]] = [[1, 8, 40, 40]]
    ) -> StepCost {
        StepCost(
            name: name, operatorName: "Resize", lowering: "resample", inputs: inputs, outputs: [[1, 8, 80, 80]],
            macs: macs, movedBytes: 256_000, milliseconds: milliseconds, copyMilliseconds: copy)
    }

    private func lines(_ steps: [StepCost], cores: Int = 2) -> [String] {
        CostExplanation(steps, peak: 100, cores: cores).text.split(separator: "\n").map(String.init)
    }

    @Test("a step that multiplies or is shorter than 20 microseconds has no ratio") func ratios() {
        #expect(step("a", 0.3, copy: 0.1).copyRatio.map { abs($0 - 3) < 1e-9 } == true)
        #expect(step("a", 0.3, copy: nil, macs: 5).copyRatio == nil)
        #expect(step("a", 0.019, copy: 0.001).copyRatio == nil)
        #expect(step("a", 0.02, copy: 0.001).copyRatio != nil)
        #expect(step("a", 0.3, copy: 0).copyRatio == nil)
    }

    @Test("the step that loses most comes first, not that of the largest ratio; the sum is what is beyond 1.5")
    func slow() {
        let text = lines([
            step("small", 0.5, copy: 0.1), step("fast", 0.6, copy: 0.4), step("large", 2.5, copy: 1),
            step("short", 0.015, copy: 0.001), step("product", 1.385, copy: nil),
        ])
        #expect(text.count == 5)
        #expect(text[0].contains("2 of 3 judged"))
        #expect(
            text[1] == "- large (Resize, resample; 1 x 8 x 40 x 40 to 1 x 8 x 80 x 80) takes 2.500 ms, 2.50 times the "
                + "1.000 ms of copying, and 50.0 % of the run.")
        #expect(text[2].hasPrefix("- small") && text[2].contains("5.00 times the 0.100 ms"))
        #expect(text[3].contains("1.350 ms less, 27.0 %"))
        #expect(text[4].contains("less than 0.020 ms each: 1, together 0.015 ms"))
    }

    @Test("ten steps are named and the others counted") func many() {
        let text = lines((1...13).map { step("s\($0)", Double($0), copy: 0.1) })
        #expect(text.count == 13)
        #expect(text[1].hasPrefix("- s13 ") && text[10].hasPrefix("- s4 ") && text[11].contains("3 more"))
    }

    @Test("it is reported if nothing exceeds 1.5, or nothing is judged") func none() {
        #expect(lines([step("a", 0.15, copy: 0.1)])[0].hasPrefix("No step takes more than 1.5 times"))
        #expect(lines([step("a", 1, copy: nil)]) == ["No step is judged by the time of copying its operands."])
    }

    @Test("the three products with the most time to win, against the peak of all cores") func products() {
        // 200 GFLOP/s compute 100 million multiply-accumulates in a millisecond.
        let text = lines([
            step("near", 1.1, copy: nil, macs: 100_000_000), step("far", 4, copy: nil, macs: 200_000_000),
            step("over", 0.5, copy: nil, macs: 100_000_000), step("third", 1.5, copy: nil, macs: 100_000_000),
            step("second", 2.9, copy: nil, macs: 200_000_000),
        ])
        #expect(text.count == 5)
        #expect(text[1] == "Steps that lose most against the peak of 2 cores, 200.0 GFLOP/s:")
        #expect(
            text[2].hasPrefix("- far ")
                && text[2].hasSuffix("at 50.0 % of the peak; at the peak it would take 2.000 ms less."))
        #expect(text[3].hasPrefix("- second ") && text[4].hasPrefix("- third "))
    }

    @Test("of many operands the first three are shown; scalars and none have a name") func shapes() {
        func text(_ inputs: [[Int]]) -> String { lines([step("a", 1, copy: 0.1, inputs: inputs)])[1] }
        #expect(text([[2], [3], [4], [5], [6]]).contains("; 2, 3, 4 and 2 more to 1 x 8"))
        #expect(text([[2, 3], []]).contains("; 2 x 3, scalar to"))
        #expect(text([]).contains("; no tensor to"))
    }
}
#endif
