#if Server
import Testing

@testable import DeeperServing

/// Answers of a stream.
@Suite(.timeLimit(.minutes(1)))
struct OrderedAnswersTests {
    @Test("answers come in the order of their requests, whatever the order in which they are computed")
    func order() async {
        let answers = OrderedAnswers<Int>(depth: 4)
        for index in 0..<4 { #expect(await answers.admit() == index) }
        for index in [2, 0, 3, 1] { await answers.put(index * 10, at: index) }
        await answers.end()
        for index in 0..<4 { #expect(await answers.next() == index * 10) }
        #expect(await answers.next() == nil)
    }

    @Test("no more than the given number are in progress")
    func depth() async {
        let answers = OrderedAnswers<Int>(depth: 2)
        let reader = Task {
            for index in 0..<100 {
                guard await answers.admit() == index else { return false }
                await answers.put(index, at: index)
            }
            await answers.end()
            return true
        }
        var expected = 0
        while let answer = await answers.next() {
            #expect(answer == expected)
            expected += 1
        }
        #expect(expected == 100)
        #expect(await reader.value)
    }

    @Test("when nobody takes answers any more, the reader is released")
    func closed() async {
        let answers = OrderedAnswers<Int>(depth: 1)
        _ = await answers.admit()
        let reader = Task { await answers.admit() }
        await answers.close()
        #expect(await reader.value == nil)
    }
}
#endif
