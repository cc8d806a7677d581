#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// Crops and models whose answers are averaged.
struct CropOptions: ParsableArguments {
    @Option(
        help: """
            Average the probabilities of 1, 10 or 144 crops of each picture: the middle; the corners and the middle, \
            mirrored too; or the protocol of GoogLeNet's paper. eval accepts several numbers, separated by commas, and \
            prints a table.
            """)
    var crops: String?

    @Option(
        help: """
            Average with this model too. Repeat the option for more models. All models must have the same classes in \
            the same order.
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
        /// The names of its classes, if they are known.
        let labels: [String]?
    }

    let members: [Member]

    /// - Parameter sets: the sets of crops that will be asked for.
    /// - Throws: `invalidInput` if two models have different names for the same output, or cannot take such crops.
    init(members: [Member], sets: [CropSet]) throws {
        self.members = members
        for member in members {
            try locating(member.name) { for set in sets { try member.preprocessing.checkCrop(for: set) } }
        }
        guard let first = members.first(where: { $0.labels != nil }), let names = first.labels else { return }
        for member in members {
            guard let own = member.labels, own != names else { continue }
            let place = zip(names, own).enumerated().first { $1.0 != $1.1 }
            let detail = place.map { "output \($0) is \"\($1.0)\" in \(first.name) and \"\($1.1)\" in \(member.name)" }
            throw DeeperError(
                .invalidInput,
                (detail ?? "\(first.name) has \(names.count) classes and \(member.name) has \(own.count)")
                    + "; an ensemble needs models with the same classes in the same order")
        }
    }

    /// Whether all crops can be made of a picture for all models.
    ///
    /// - Throws: as `Preprocessing.checkCrops(of:_:)`.
    func check(_ picture: Picture, _ sets: [CropSet]) throws {
        for member in members {
            for set in sets { try member.preprocessing.checkCrops(of: picture.extent, set) }
        }
    }

    /// - Throws: `invalidInput` unless the models have the same number of classes.
    func probabilities(of picture: Picture, _ crops: CropSet) throws -> [[Float]] {
        try Ensemble.checked(members.map { try Ensemble.probabilities(of: picture, crops, by: $0) }, members)
    }

    static func probabilities(of picture: Picture, _ crops: CropSet, by member: Member) throws -> [Float] {
        try member.engine.probabilitiesBlocking(of: picture, crops: crops, preprocessing: member.preprocessing)
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
