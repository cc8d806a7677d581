#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperImaging

/// Crops and models whose answers are averaged.
struct CropOptions: ParsableArguments {
    @Option(
        help: """
            Average the probabilities of so many crops of each picture: 1, 10 (the corners, the middle, mirrored) or 144 \
            (the protocol of GoogLeNet). Several numbers, separated by commas, make a table in eval.
            """)
    var crops: String?

    @Option(
        help: """
            A further model whose probabilities are averaged with those of the others; once for each. Its outputs are \
            those of the first one, in the same order.
            """)
    var ensemble: [String] = []

    /// Whether more than the middle of a picture and more than one model are asked for.
    var isUsed: Bool { crops != nil || !ensemble.isEmpty }

    func validate() throws { _ = try sets() }

    /// The sets of crops, in ascending order.
    func sets() throws -> [CropSet] {
        let texts = (crops ?? "1").split(separator: ",", omittingEmptySubsequences: false)
        let sets = texts.compactMap { Int($0).flatMap(CropSet.init) }
        guard sets.count == texts.count, Set(sets).count == sets.count else {
            let known = CropSet.allCases.map { String($0.rawValue) }.joined(separator: ", ")
            throw ValidationError("--crops must be \(known), or several of them separated by commas")
        }
        return sets.sorted { $0.rawValue < $1.rawValue }
    }
}

/// Models whose probabilities are averaged.
struct Ensemble {
    struct Member {
        let name: String
        let engine: Engine
        let preprocessing: Preprocessing
    }

    let members: [Member]

    /// - Throws: `invalidInput` unless the models have the same number of classes.
    func probabilities(of picture: Picture, _ crops: CropSet) throws -> [[Float]] {
        let all = try members.map {
            try $0.engine.probabilitiesBlocking(of: picture, crops: crops, preprocessing: $0.preprocessing)
        }
        return try Ensemble.checked(all, members)
    }

    /// - Throws: `invalidInput` unless all models have the same number of classes.
    static func checked(_ rows: [[Float]], _ members: [Member]) throws -> [[Float]] {
        for (member, found) in zip(members, rows) where found.count != rows[0].count {
            throw DeeperError(
                .invalidInput,
                "\(member.name) has \(found.count) classes and \(members[0].name) has \(rows[0].count); an ensemble needs "
                    + "models with the same classes")
        }
        return rows
    }

    /// The mean of the models' probabilities.
    static func mean(_ rows: [[Float]]) -> [Float] {
        guard rows.count > 1 else { return rows[0] }
        return rows[0].indices.map { index in
            Float(rows.reduce(0) { $0 + Double($1[index]) } / Double(rows.count))
        }
    }
}
#endif
