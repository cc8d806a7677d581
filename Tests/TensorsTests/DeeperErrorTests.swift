import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct DeeperErrorTests {
    @Test("an error reads from the outermost place to the message and its cause")
    func description() {
        let cause = DeeperError(.fileNotFound, "no such file")
        let error = DeeperError(.invalidModel, "pads has 2 values, expected 4", cause: cause).within(
            "node \"a\" (Conv)"
        )
        .within("model.onnx")
        #expect(error.description == "model.onnx > node \"a\" (Conv): pads has 2 values, expected 4 (no such file)")
        #expect(error.breadcrumbs == ["model.onnx", "node \"a\" (Conv)"])
        #expect(DeeperError(.cancelled, "stopped").description == "stopped")
    }

    @Test("locating adds the place to a DeeperError, passes other errors on, and asks for the place only then")
    func locatingErrors() throws {
        struct Foreign: Error {}
        var asked = 0
        func place() -> String {
            asked += 1
            return "here"
        }
        #expect(try locating(place()) { 3 } == 3)
        #expect(asked == 0)
        let error = #expect(throws: DeeperError.self) {
            try locating(place()) { throw DeeperError(.unsupported, "no") }
        }
        #expect(error?.breadcrumbs == ["here"])
        #expect(asked == 1)
        #expect(throws: Foreign.self) { try locating(place()) { throw Foreign() } }
    }
}
