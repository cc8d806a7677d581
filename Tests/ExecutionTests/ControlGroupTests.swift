import DeeperTestSupport
import Foundation
import Testing

@testable import DeeperThreads

@Suite struct ControlGroupTests {
    /// Calls `body` with a group of this membership whose files have these contents.
    private func withGroup(
        _ membership: String, _ files: [String: String], _ body: (ControlGroup) throws -> Void
    ) throws {
        try withTemporaryFolder { root in
            for (path, text) in files {
                let file = URL(filePath: "\(root)/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            try body(ControlGroup(membership: membership, root: root))
        }
    }

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
        try withGroup("0::/\n", ["cpu.max": text]) { #expect($0.cpuQuota == expected) }
    }

    @Test("groups above count too, and those below do not") func nested() throws {
        let files = [
            "a/memory.max": "3000\n", "a/b/memory.max": "max\n", "a/b/c/memory.max": "5\n", "a/cpu.max": "max 100000",
            "a/b/cpu.max": "300000 100000", "cpu.max": "400000 100000",
        ]
        try withGroup("0::/a/b\n", files) { #expect($0.memoryLimit == 3000 && $0.cpuQuota == 3) }
        try withGroup("0::/\n", files) { #expect($0.memoryLimit == nil && $0.cpuQuota == 4) }
        // The path of a process outside of the namespace that it is looked at from.
        try withGroup("0::/../../a\n", files) { #expect($0.memoryLimit == 3000) }
    }

    @Test("version 1 has a folder for each controller, and numbers for none") func oldVersion() throws {
        let membership = "5:memory:/m\n4:cpu,cpuacct:/c\n0::/x\n"
        let files = [
            "memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/m/memory.limit_in_bytes": "1048576\n",
            "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n", "cpu/c/cpu.cfs_quota_us": "250000\n",
            "cpu/c/cpu.cfs_period_us": "100000\n",
        ]
        try withGroup(membership, files) { #expect($0.memoryLimit == 1 << 20 && $0.cpuQuota == 3) }
        try withGroup("5:memory:/\n4:cpu,cpuacct:/\n", files) { #expect($0.memoryLimit == nil && $0.cpuQuota == nil) }
    }

    @Test("no files, no limits") func nothing() throws {
        try withGroup("", [:]) { #expect($0.memoryLimit == nil && $0.cpuQuota == nil) }
        try withGroup("nonsense\n0::\n", [:]) { #expect($0.memoryLimit == nil && $0.cpuQuota == nil) }
    }

    @Test("there is at least one CPU, and no more than the machine has; and some memory") func available() {
        #expect(CPUBudget.available >= 1)
        #expect(CPUBudget.available <= sysconf(Int32(_SC_NPROCESSORS_CONF)))
        #expect(MemoryBudget.limit > 1 << 20)
    }
}
