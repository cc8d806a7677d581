/// Orders items in place without allocating memory, unlike the standard library's sort. An item never precedes those
/// below it: the first one is preceded by all others.
enum Heap {
    /// Moves the item at `start` down until it precedes neither of the two items below it.
    @inline(__always)
    static func sift<Item>(
        _ items: UnsafeMutablePointer<Item>, _ count: Int, from start: Int = 0, _ precedes: (Item, Item) -> Bool
    ) {
        var root = start
        while 2 * root + 1 < count {
            var child = 2 * root + 1
            if child + 1 < count, precedes(items[child], items[child + 1]) { child += 1 }
            guard precedes(items[root], items[child]) else { return }
            swap(&items[root], &items[child])
            root = child
        }
    }

    @inline(__always)
    static func build<Item>(
        _ items: UnsafeMutablePointer<Item>, _ count: Int, _ precedes: (Item, Item) -> Bool
    ) {
        var start = count / 2
        while start > 0 {
            start -= 1
            sift(items, count, from: start, precedes)
        }
    }

    /// Sorts items, the one that precedes all others first.
    @inline(__always)
    static func sort<Item>(_ items: UnsafeMutablePointer<Item>, _ count: Int, _ precedes: (Item, Item) -> Bool) {
        build(items, count, precedes)
        var end = count
        while end > 1 {
            end -= 1
            swap(&items[0], &items[end])
            sift(items, end, precedes)
        }
    }
}
