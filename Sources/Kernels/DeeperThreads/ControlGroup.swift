internal import FoundationEssentials

/// The control groups (cgroups, version 1 and 2) of the process. The limits of all parent groups apply to a group as
/// well. The process may see its own group at the root, as in a container, or further down.
struct ControlGroup {
    private let membership: String
    private let root: String

    /// - Parameters:
    ///   - membership: the text of /proc/self/cgroup.
    ///   - root: the directory with the groups' files.
    init(membership: String, root: String = "/sys/fs/cgroup") {
        self.membership = membership
        self.root = root
    }

    static var current: ControlGroup {
        ControlGroup(membership: (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? "")
    }

    /// The smallest memory limit in bytes, if there is one.
    var memoryLimit: Int? {
        let texts =
            folders(controller: nil).map { "\($0)/memory.max" }
            + folders(controller: "memory").map { "\($0)/memory.limit_in_bytes" }
        // In version 1, a huge number means no limit.
        return texts.compactMap { ControlGroup.numbers(in: $0)?.first }.filter { (1..<1 << 60).contains($0) }.min()
    }

    /// The smallest CPU quota, rounded up to whole CPUs, if there is one.
    var cpuQuota: Int? {
        let new = folders(controller: nil).compactMap { ControlGroup.numbers(in: "\($0)/cpu.max") }
        let old = folders(controller: "cpu").compactMap { folder -> [Int]? in
            guard let quota = ControlGroup.numbers(in: "\(folder)/cpu.cfs_quota_us"),
                let period = ControlGroup.numbers(in: "\(folder)/cpu.cfs_period_us")
            else { return nil }
            return quota + period
        }
        return (new + old).compactMap { numbers in
            guard numbers.count == 2, numbers[0] >= 0, numbers[1] > 0 else { return nil }
            let (whole, rest) = numbers[0].quotientAndRemainder(dividingBy: numbers[1])
            return max(1, whole + (rest > 0 ? 1 : 0))
        }.min()
    }

    /// The directories of the process's group and of its parents.
    ///
    /// - Parameter controller: the controller in version 1; nil for version 2.
    private func folders(controller: String?) -> [String] {
        let base = root + (controller.map { "/\($0)" } ?? "")
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let names = fields[1].split(separator: ",").map(String.init)
            guard controller.map(names.contains) ?? (fields[0] == "0" && names.isEmpty) else { continue }
            var folders = [base]
            for part in fields[2].split(separator: "/") where part != ".." {
                folders.append("\(folders[folders.count - 1])/\(part)")
            }
            return folders
        }
        return [base]
    }

    /// The numbers in a file; nil if it is missing or holds something else, such as "max".
    private static func numbers(in path: String) -> [Int]? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let fields = text.split(whereSeparator: \.isWhitespace)
        let numbers = fields.compactMap { Int($0) }
        return numbers.count == fields.count && !numbers.isEmpty ? numbers : nil
    }
}
