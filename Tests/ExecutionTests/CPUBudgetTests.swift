import Foundation
import TestSupport
import Testing

@testable import Execution

@Suite struct CPUBudgetTests {
    @Test(
        "a quota is rounded up to whole CPUs; what is no quota is none",
        arguments: [
            ("max 100000\n", nil), ("100000 100000\n", 1), ("150000 100000\n", 2), ("200000 100000\n", 2),
            ("200001 100000", 3), ("1000 100000\n", 1), ("0 100000\n", 1), ("50000 25000\n", 2),
            ("", nil), ("max\n", nil), ("100000\n", nil), ("100000 0\n", nil), ("100000 -5\n", nil), ("a b\n", nil),
            ("1 2 3\n", nil),
            // More than any machine has, but no trap.
            ("9223372036854775807 100000\n", 92_233_720_368_548),
        ] as [(String, Int?)])
    func quota(text: String, expected: Int?) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/cpu.max"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(CPUBudget.quota(of: path) == expected)
        }
    }

    @Test("no file, no quota")
    func noFile() { #expect(CPUBudget.quota(of: "/nowhere/cpu.max") == nil) }

    @Test("there is at least one CPU, and no more than the machine has")
    func available() {
        #expect(CPUBudget.available >= 1)
        #expect(CPUBudget.available <= sysconf(Int32(_SC_NPROCESSORS_CONF)))
    }
}
