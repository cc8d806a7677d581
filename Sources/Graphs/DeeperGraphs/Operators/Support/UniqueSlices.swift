import DeeperTensors

/// The distinct slices of a tensor along one axis.
struct UniqueSlices {
    /// The position of the first occurrence of each distinct slice.
    private(set) var firsts: [Int] = []
    /// For every slice, the number of the distinct slice that it equals.
    private(set) var numbers: [Int]
    /// How often each distinct slice occurs.
    private(set) var counts: [Int] = []

    /// - Parameters:
    ///   - isSorted: whether the distinct slices are sorted, comparing their elements in memory order; otherwise they
    ///     are in the order of their first occurrence.
    ///   - precedes: a strict order of the elements.
    init<Element>(
        _ elements: [Element], _ span: AxisSpan, isSorted: Bool, precedes: (Element, Element) -> Bool
    ) {
        func isBelow(_ a: Int, _ b: Int) -> Bool? {
            for outer in 0..<span.outer {
                for inner in 0..<span.inner {
                    let left = elements[(outer * span.length + a) * span.inner + inner]
                    let right = elements[(outer * span.length + b) * span.inner + inner]
                    if precedes(left, right) { return true }
                    if precedes(right, left) { return false }
                }
            }
            return nil
        }
        numbers = Array(repeating: 0, count: span.length)
        var groups: [[Int]] = []
        for slice in (0..<span.length).sorted(by: { isBelow($0, $1) ?? ($0 < $1) }) {
            if let last = groups.last, isBelow(last[0], slice) == nil {
                groups[groups.count - 1].append(slice)
            } else {
                groups.append([slice])
            }
        }
        if !isSorted { groups.sort { $0[0] < $1[0] } }
        for (number, group) in groups.enumerated() {
            firsts.append(group[0])
            counts.append(group.count)
            for slice in group { numbers[slice] = number }
        }
    }
}
