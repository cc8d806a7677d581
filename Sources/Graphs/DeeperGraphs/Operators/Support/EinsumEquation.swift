import DeeperTensors

/// The equation of an Einsum, such as "bij, bjk -> bik", which denotes the axes of every operand and of the result by
/// letters.
///
/// `...` stands for any number of axes, the same in all operands; these axes broadcast. Without an arrow, the result
/// has the axes of `...` and then the letters that occur once, in ASCII order.
struct EinsumEquation: Sendable {
    /// An axis: a letter, or one of the axes of `...`, counted from the last.
    enum Label: Hashable, Sendable {
        case letter(Character)
        case broadcast(Int)
    }

    /// The letters of an operand or of the result.
    private struct Term {
        /// The letters in order; nil for `...`.
        var letters: [Character?] = []

        var hasEllipsis: Bool { letters.contains(nil) }

        init(_ text: Substring) throws {
            var rest = text
            while let letter = rest.first {
                if rest.hasPrefix("..."), !hasEllipsis {
                    letters.append(nil)
                    rest.removeFirst(3)
                } else if letter.isASCII, letter.isLetter {
                    letters.append(letter)
                    rest.removeFirst()
                } else {
                    throw DeeperError(
                        .invalidModel,
                        "an equation has letters, commas, one ... per operand and one arrow; found U+"
                            + String(letter.unicodeScalars.first?.value ?? 0, radix: 16, uppercase: true))
                }
            }
        }

        init(letters: [Character?]) { self.letters = letters }

        /// The axes of a tensor in which `...` stands for the given number of axes.
        func labels(broadcastRank: Int) -> [Label] {
            letters.flatMap { letter in
                letter.map { [.letter($0)] } ?? (0..<broadcastRank).reversed().map { .broadcast($0) }
            }
        }
    }

    private let operands: [Term]
    private let result: Term

    /// - Throws: `invalidModel` for other characters, two `...` in a term, two arrows, and letters of the result that
    ///   occur twice there or in no operand.
    init(_ text: String) throws {
        let sides = try EinsumEquation.sides(text.filter { $0 != " " })
        operands = try sides.operands.split(separator: ",", omittingEmptySubsequences: false).map(Term.init)
        let letters = operands.flatMap { $0.letters.compactMap { $0 } }
        if let given = sides.result {
            result = try Term(given)
        } else {
            let once = Dictionary(grouping: letters) { $0 }.filter { $0.value.count == 1 }.keys.sorted()
            result = Term(letters: (operands.contains(where: \.hasEllipsis) ? [nil] : []) + once)
        }
        let kept = result.letters.compactMap { $0 }
        guard Set(kept).count == kept.count, Set(kept).isSubset(of: letters) else {
            throw DeeperError(.invalidModel, "the equation's result has an axis twice, or one that no operand has")
        }
    }

    private static func sides(_ text: String) throws -> (operands: Substring, result: Substring?) {
        guard let arrow = text.firstRange(of: "->") else { return (text[...], nil) }
        return (text[..<arrow.lowerBound], text[arrow.upperBound...])
    }

    /// The axes of operands of the given ranks, and of the result.
    ///
    /// - Throws: `invalidModel` if the number of operands is another, or if the rank of one does not match its letters.
    func labels(ranks: [Int]) throws -> (operands: [[Label]], result: [Label]) {
        guard ranks.count == operands.count else {
            throw DeeperError(.invalidModel, "\(ranks.count) operands, the equation has \(operands.count)")
        }
        var broadcastRanks: [Int] = []
        for (operand, rank) in zip(operands, ranks) {
            let rest = rank - operand.letters.count { $0 != nil }
            guard operand.hasEllipsis ? rest >= 0 : rest == 0 else {
                throw DeeperError(
                    .invalidModel, "operand \(broadcastRanks.count) has \(rank) axes, which its letters do not name")
            }
            broadcastRanks.append(rest)
        }
        return (
            zip(operands, broadcastRanks).map { $0.labels(broadcastRank: $1) },
            result.labels(broadcastRank: broadcastRanks.max() ?? 0)
        )
    }
}
