#if CommandLine
import DeeperTensors

/// Positions for the boxes of a directed graph without cycles, in layers from the top to the bottom: every edge leads to a
/// lower layer. After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures", 1981.
struct LayeredLayout {
    /// A box, or a point at which a long edge passes a layer.
    private struct Item {
        var layer: Int
        var width: Double
        var height: Double
        var above: [Int] = []
        var below: [Int] = []
        var x = 0.0
    }

    struct Box {
        let width: Double
        let height: Double
    }

    struct Point {
        var x: Double
        var y: Double
    }

    /// The centre of each box.
    private(set) var centers: [Point] = []
    /// The points of each edge, from the bottom of its first box to the top of its last.
    private(set) var paths: [[Point]] = []
    private(set) var width = 0.0
    private(set) var height = 0.0

    private static let horizontalGap = 24.0
    private static let verticalGap = 36.0
    private static let sweeps = 12

    /// More points than any picture can show.
    private static let largestItemCount = 200_000

    /// - Parameter edges: pairs of boxes, the first of which has the smaller index.
    /// - Throws: `limitExceeded` for a graph that is too large to be drawn.
    init(_ boxes: [Box], edges: [(from: Int, to: Int)]) throws {
        guard !boxes.isEmpty else { return }
        var items = boxes.map { Item(layer: 0, width: $0.width, height: $0.height) }
        for edge in edges.sorted(by: { $0.to < $1.to }) {
            items[edge.to].layer = max(items[edge.to].layer, items[edge.from].layer + 1)
        }
        // A box without predecessors, such as a second input, belongs just above what reads it.
        var isRead = [Bool](repeating: false, count: boxes.count)
        var firstReader = [Int](repeating: .max, count: boxes.count)
        for edge in edges {
            isRead[edge.to] = true
            firstReader[edge.from] = min(firstReader[edge.from], items[edge.to].layer)
        }
        for box in boxes.indices where !isRead[box] && firstReader[box] != .max {
            items[box].layer = max(0, firstReader[box] - 1)
        }
        // All edges of a box share the points at which they pass the layers.
        var points = [[Int]](repeating: [], count: boxes.count)
        let chains = try edges.map { try LayeredLayout.chain($0.from, $0.to, &items, &points[$0.from]) }
        var layers = LayeredLayout.layers(items)
        LayeredLayout.order(&layers, items)
        LayeredLayout.place(layers, &items)
        let tops = LayeredLayout.tops(layers, items)
        func center(_ item: Int) -> Point {
            Point(x: items[item].x, y: tops[items[item].layer] + items[item].height / 2)
        }
        centers = boxes.indices.map(center)
        paths = chains.map { chain in
            chain.enumerated().map { place, item in
                var point = center(item)
                if place == 0 { point.y += items[item].height / 2 }
                if place == chain.count - 1 { point.y -= items[item].height / 2 }
                return point
            }
        }
        width = items.map { $0.x + $0.width / 2 }.max() ?? 0
        height = zip(tops, layers).map { top, layer in top + (layer.map { items[$0].height }.max() ?? 0) }.max() ?? 0
    }

    /// Connects two boxes, with a point on each layer between them.
    ///
    /// - Parameter points: those that the first box has already, from the layer below it downwards.
    private static func chain(
        _ from: Int, _ to: Int, _ items: inout [Item], _ points: inout [Int]
    ) throws -> [Int] {
        let count = max(0, items[to].layer - items[from].layer - 1)
        guard items.count + count < largestItemCount else {
            throw DeeperError(.limitExceeded, "the graph is too large to be drawn")
        }
        while points.count < count {
            items.append(Item(layer: items[from].layer + points.count + 1, width: 8, height: 0))
            connect(points.last ?? from, items.count - 1, &items)
            points.append(items.count - 1)
        }
        let passed = Array(points.prefix(count))
        connect(passed.last ?? from, to, &items)
        return [from] + passed + [to]
    }

    private static func connect(_ upper: Int, _ lower: Int, _ items: inout [Item]) {
        items[upper].below.append(lower)
        items[lower].above.append(upper)
    }

    private static func layers(_ items: [Item]) -> [[Int]] {
        var layers = [[Int]](repeating: [], count: (items.map(\.layer).max() ?? 0) + 1)
        for (index, item) in items.enumerated() { layers[item.layer].append(index) }
        return layers
    }

    /// Sorts each layer by the mean position of the neighbours in the layer before, downwards and upwards in turns, which
    /// removes most crossings.
    private static func order(_ layers: inout [[Int]], _ items: [Item]) {
        var position = [Double](repeating: 0, count: items.count)
        func number(_ layer: [Int]) { for (place, item) in layer.enumerated() { position[item] = Double(place) } }
        for layer in layers { number(layer) }
        for sweep in 0..<sweeps {
            let isDown = sweep % 2 == 0
            for index in isDown ? Array(layers.indices) : layers.indices.reversed() {
                let keys = layers[index].map { item in
                    let neighbours = isDown ? items[item].above : items[item].below
                    return neighbours.isEmpty
                        ? position[item] : neighbours.reduce(0) { $0 + position[$1] } / Double(neighbours.count)
                }
                layers[index] = zip(layers[index], keys).enumerated().sorted {
                    ($0.element.1, $0.offset) < ($1.element.1, $1.offset)
                }.map(\.element.0)
                number(layers[index])
            }
        }
    }

    /// Moves each item as close to the mean of its neighbours as the order and the gaps allow.
    private static func place(_ layers: [[Int]], _ items: inout [Item]) {
        for layer in layers { spread(layer, layer.map { _ in 0 }, &items) }
        for sweep in 0..<2 * sweeps {
            for layer in sweep % 2 == 0 ? layers : layers.reversed() {
                let wanted = layer.map { item in
                    let neighbours = sweep % 2 == 0 ? items[item].above : items[item].below
                    let known = neighbours.isEmpty ? [item] : neighbours
                    return known.reduce(0) { $0 + items[$1].x } / Double(known.count)
                }
                spread(layer, wanted, &items)
            }
        }
        let left = items.map { $0.x - $0.width / 2 }.min() ?? 0
        for index in items.indices { items[index].x -= left }
    }

    /// The positions with the least squares of distances to the wanted ones that keep the order and the gaps, by pooling
    /// adjacent violators.
    private static func spread(_ layer: [Int], _ wanted: [Double], _ items: inout [Item]) {
        var offset = 0.0
        var pools: [(mean: Double, count: Int)] = []
        var offsets: [Double] = []
        for (place, item) in layer.enumerated() {
            if place > 0 { offset += items[layer[place - 1]].width / 2 + horizontalGap + items[item].width / 2 }
            offsets.append(offset)
            var pool = (mean: wanted[place] - offset, count: 1)
            while let last = pools.last, last.mean > pool.mean {
                let count = last.count + pool.count
                pool = ((last.mean * Double(last.count) + pool.mean * Double(pool.count)) / Double(count), count)
                pools.removeLast()
            }
            pools.append(pool)
        }
        let means = pools.flatMap { Array(repeating: $0.mean, count: $0.count) }
        for (place, item) in layer.enumerated() { items[item].x = means[place] + offsets[place] }
    }

    private static func tops(_ layers: [[Int]], _ items: [Item]) -> [Double] {
        var top = 0.0
        return layers.map { layer in
            defer { top += (layer.map { items[$0].height }.max() ?? 0) + verticalGap }
            return top
        }
    }
}
#endif
