import DeeperGraphs

/// Unique names for a graph's values in a file.
struct ONNXNames {
    private var names: [String] = []
    private var taken: Set<String> = []

    /// An empty or repeated name gets the number of its value appended.
    init(_ graph: Graph) {
        for (index, name) in graph.valueNames.enumerated() {
            let unique = name.isEmpty || taken.contains(name) ? "\(name)#\(index)" : name
            taken.insert(unique)
            names.append(unique)
        }
    }

    subscript(value: ValueID) -> String { names[value.index] }

    /// Makes a name for something that is not a value of the graph.
    mutating func make(_ name: String) -> String {
        var (unique, number) = (name, 2)
        while !taken.insert(unique).inserted {
            unique = "\(name)#\(number)"
            number += 1
        }
        return unique
    }
}
