#if Server
import TestSupport
import Testing

/// What `deeper serve` says before it serves; how it serves is tested by Tests/Python/serving.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built beside the tests"))
struct ServeCommandTests {
    @Test("there is a help text")
    func help() throws {
        let result = try DeeperProcess(["serve", "--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: deeper-server"))
    }

    @Test(
        "wrong usage ends with 64",
        arguments: [
            "--model x", "--labels no=x", "--preset no=caffe", "--port x", "--model a=googlenet",
            "--model a=googlenet --random-weights --weights w.onnx",
        ])
    func usage(arguments: String) throws { try check(arguments, 64) }

    @Test(
        "settings that make no sense end with 65",
        arguments: ["--port 70000", "--port 0 --host nowhere.invalid", "--certificate /no/such.pem"])
    func settings(arguments: String) throws { try check(arguments, 65) }

    @Test(
        "missing files end with 66",
        arguments: ["--port 0 --model a=/no/such/model.onnx", "--config /no/such.json", "--token-file /no/such/token"])
    func missing(arguments: String) throws { try check(arguments, 66) }

    private func check(_ arguments: String, _ status: Int32) throws {
        let words = arguments.split(separator: " ").map(String.init)
        let result = try DeeperProcess(["serve", "--grpc-port", "off"] + words)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains("rror: "))
        #expect(result.output.isEmpty)
    }
}
#endif
