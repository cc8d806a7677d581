#if Server
import TestSupport
import Testing

/// What `deeper serve` says before it serves; how it serves is tested by Tests/Python/serving.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built beside the tests"))
struct ServeCommandTests {
    @Test("there is a help text")
    func help() throws {
        let result = try DeeperProcess(["serve", "--help"])
        #expect(result.status == 0 && result.output.contains("deeper serve"))
    }

    @Test(
        "what is wrong is said at once, with the code of its kind",
        arguments: [
            (["--model", "x"], 64), (["--labels", "no=x"], 64), (["--preset", "no=caffe"], 64), (["--port", "x"], 64),
            (["--port", "70000"], 65), (["--port", "0", "--host", "nowhere.invalid"], 65),
            (["--certificate", "/no/such.pem"], 65), (["--model", "a/b=builtin"], 65),
            (["--port", "0", "--model", "a=/no/such/model.onnx"], 66), (["--config", "/no/such.json"], 66),
            (["--token-file", "/no/such/token"], 66), (["--labels", "builtin=/no/such/labels"], 66),
        ])
    func refused(arguments: [String], status: Int32) throws {
        let result = try DeeperProcess(["serve", "--grpc-port", "off"] + arguments)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains("rror: ") && result.output.isEmpty)
    }
}
#endif
