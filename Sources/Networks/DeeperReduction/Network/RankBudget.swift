internal import DeeperTensors

/// Chooses ranks for all layers at once, with the smallest loss for a number of multiply-accumulates.
enum RankBudget {
    /// Chooses one candidate for each layer. Each list of candidates includes the layer without factorisation.
    ///
    /// Along the lower convex hull of (MACs, cost), the first steps of every layer have the lowest cost per saved
    /// multiply-accumulate. Steps are taken over all layers in the order of that price until the budget is kept. The
    /// result is optimal up to the size of the last step.
    ///
    /// - Returns: the chosen candidate of each layer.
    /// - Throws: `invalidInput`, stating the smallest possible number, if the budget cannot be kept.
    static func choose(_ layers: [[RankCandidate]], macs budget: Int) throws -> [RankCandidate] {
        let hulls = layers.map(hull)
        let least = hulls.reduce(0) { $0 + ($1.last?.macs ?? 0) }
        guard least <= budget else {
            throw DeeperError(
                .invalidInput,
                "a budget of \(budget) MACs cannot be kept: with rank 1 everywhere the layers have \(least)")
        }
        var places = [Int](repeating: 0, count: hulls.count)
        var total = hulls.reduce(0) { $0 + ($1.first?.macs ?? 0) }
        while total > budget {
            var best: (layer: Int, price: Double)?
            for (layer, hull) in hulls.enumerated() where places[layer] + 1 < hull.count {
                let (now, next) = (hull[places[layer]], hull[places[layer] + 1])
                let price = (next.cost - now.cost) / Double(now.macs - next.macs)
                if price < best?.price ?? .infinity { best = (layer, price) }
            }
            guard let best else { break }
            total -= hulls[best.layer][places[best.layer]].macs - hulls[best.layer][places[best.layer] + 1].macs
            places[best.layer] += 1
        }
        return zip(hulls, places).map { $0[$1] }
    }

    /// The lower convex hull, starting with the most multiply-accumulates.
    private static func hull(_ candidates: [RankCandidate]) -> [RankCandidate] {
        var result: [RankCandidate] = []
        for candidate in candidates.sorted(by: { ($1.macs, $0.cost) < ($0.macs, $1.cost) }) {
            if let last = result.last, last.macs == candidate.macs { continue }
            while let last = result.last, candidate.cost <= last.cost { result.removeLast() }
            while result.count >= 2 {
                let (a, b) = (result[result.count - 2], result[result.count - 1])
                let before = (b.cost - a.cost) / Double(a.macs - b.macs)
                let after = (candidate.cost - b.cost) / Double(b.macs - candidate.macs)
                guard after <= before else { break }
                result.removeLast()
            }
            result.append(candidate)
        }
        return result
    }
}
