import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperReduction
import DeeperTensors
import DeeperZoo

/// Filters of known rank, and networks with them.
enum LowRank {
    /// Seeded numbers in -1..<1.
    static func random(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in Float(Int64(bitPattern: generator.next()) >> 40) * 0x1p-23 }
    }

    /// [filters, channels, taps, taps] that the method takes apart at this rank (in each mode) without loss, with about
    /// the variance of He's initialisation.
    static func filters(_ method: ReductionMethod, shape: Shape, rank: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        let (filters, channels, size) = (shape[0], shape[1], shape[2])
        let groups = method == .spatial ? channels * size : channels
        let first = random(groups * rank, &generator)
        let second = random(rank * filters * size * size, &generator)
        let core = random(rank * rank * size * size, &generator)
        let last = random(rank * filters, &generator)
        let scale = 3 / (Float(rank) * Float(channels * size * size)).squareRoot()
        var result: [Float] = []
        for filter in 0..<filters {
            for channel in 0..<channels {
                for row in 0..<size {
                    for column in 0..<size {
                        var sum: Float = 0
                        for index in 0..<rank {
                            switch method {
                            case .svd:
                                sum +=
                                    first[channel * rank + index]
                                    * second[((index * size + row) * size + column) * filters + filter]
                            case .spatial:
                                sum +=
                                    first[(row * channels + channel) * rank + index]
                                    * second[(index * size + column) * filters + filter]
                            case .tucker2:
                                for other in 0..<rank {
                                    sum +=
                                        first[channel * rank + index]
                                        * core[((index * rank + other) * size + row) * size + column]
                                        * last[other * filters + filter]
                                }
                            }
                        }
                        result.append(sum * scale)
                    }
                }
            }
        }
        return result
    }

    /// A naive Inception module whose 3x3 and 5x5 filters have the given rank.
    static func module(_ method: ReductionMethod, rank: Int) throws -> Graph {
        let filters = InceptionFilters(
            conv1x1: 8, reduce3x3: 1, conv3x3: 24, reduce5x5: 1, conv5x5: 16, poolProjection: 1)
        let module = InceptionModule(
            name: "naive", filters: filters, form: .naive, inputChannels: 32, height: 9, width: 9)
        let random = try module.graph(weights: .seeded(3))
        let constants = Dictionary(
            random.constants.map { (random.name(of: $0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        return try module.graph(
            weights: .named { name, shape in
                if shape.rank == 4, shape[2] > 1 {
                    return try Tensor(
                        self.filters(method, shape: shape, rank: rank, seed: UInt64(shape[2])), shape: shape)
                }
                guard let tensor = constants[name] else { throw DeeperError(.internalFault, name) }
                return tensor
            })
    }

    /// The outputs of both graphs for one seeded input, and the largest difference.
    static func difference(_ a: Graph, _ b: Graph, batch: Int = 2) throws -> (largest: Float, difference: Float) {
        let options = EngineOptions(algorithm: .direct)
        let model = Model(graph: a)
        let inputs = try model.seededInputs(batch: batch)
        let x = try Engine(model, options: options).runBlocking(inputs)
        let y = try Engine(Model(graph: b), options: options).runBlocking(inputs)
        var (largest, difference): (Float, Float) = (0, 0)
        for (name, tensor) in x {
            let other = try (y[name] ?? tensor).elements(as: Float.self)
            for (p, q) in zip(try tensor.elements(as: Float.self), other) {
                largest = max(largest, abs(p))
                difference = max(difference, abs(p - q))
            }
        }
        return (largest, difference)
    }
}
