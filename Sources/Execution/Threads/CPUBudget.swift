internal import CKernels
internal import FoundationEssentials

/// How many threads this process may keep busy.
public enum CPUBudget {
    /// The smaller of the CPUs in the process's affinity mask and the quota of its cgroup (v2), at least 1.
    public static var available: Int {
        max(1, min(Int(ck_affinity_count()), quota(of: "/sys/fs/cgroup/cpu.max") ?? .max))
    }

    /// Reads "quota period" or "max period"; the quota is rounded up to whole CPUs.
    static func quota(of path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let fields = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard fields.count == 2, fields[1] > 0 else { return nil }
        let (whole, rest) = fields[0].quotientAndRemainder(dividingBy: fields[1])
        return max(1, whole + (rest > 0 ? 1 : 0))
    }
}
