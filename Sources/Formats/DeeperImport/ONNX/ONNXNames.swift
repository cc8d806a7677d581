import DeeperGraphs

/// The names of a graph's values in a file, each given once.
struct ONNXNames {
    private var names: [String] = []
    private var taken: Set<String> = []

    /// A repeated name, or none, gets its value's number.
    init(_ graph: Graph) {
        for (index, name) in graph.valueNames.enumerated() {
            let unique = name.isEmpty || taken.contains(name) ? "\(name)#\(index)" : name
            taken.insert(unique)
            names.append(unique)
        }
    }

    subscript(value: ValueID) -> String { names[value.index] }

    /// A name for what has no value in the graph.
    mutating func make(_ name: String) -> String {
        var (unique, number) = (name, 2)
        while !taken.insert(unique).inserted {
            unique = "\(name)#\(number)"
            number += 1
        }
        return unique
    }
}
