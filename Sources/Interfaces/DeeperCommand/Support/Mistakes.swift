#if CommandLine
import Deeper

/// Wrong answers of a classifier on labelled pictures.
struct Mistakes {
    struct Mistake {
        /// The picture's position in the data set.
        let picture: Int
        let expected: Int
        let answer: Int
        let answerProbability: Float
        let expectedProbability: Float

        /// How much more probable the wrong class was than the right one.
        var margin: Float { answerProbability - expectedProbability }
    }

    private(set) var all: [Mistake] = []

    /// - Parameter answer: the best classes, best first.
    mutating func add(_ picture: Int, expected: Int, probabilities: [Float], _ answer: [Prediction]) {
        guard let best = answer.first, best.index != expected, probabilities.indices.contains(expected) else { return }
        all.append(
            Mistake(
                picture: picture, expected: expected, answer: best.index, answerProbability: best.score,
                expectedProbability: probabilities[expected]))
    }

    /// The mistakes of which the classifier was most sure.
    func worst(_ count: Int) -> [Mistake] {
        Array(all.sorted { ($0.margin, $1.picture) > ($1.margin, $0.picture) }.prefix(count))
    }
}
#endif
