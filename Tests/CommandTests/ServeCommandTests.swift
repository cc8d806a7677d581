#if Server
import DeeperTestSupport
import Glibc
import Testing

/// What `deeper serve` says before it serves; how it serves is tested by Tests/Python/serving.
@Suite(.enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
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
            "--model a=googlenet --random-weights --weights w.onnx", "--warmup-size no=64", "--warmup-size builtin=x",
            "--warmup-shape builtin=1,x", "--warmup-shape 1,3,32,32", "--warmup-shape no=1,3,32,32",
        ])
    func usage(arguments: String) throws { try check(arguments, 64) }

    @Test(
        "invalid settings end with 65",
        arguments: [
            "--port 70000", "--port 0 --host nowhere.invalid", "--certificate /no/such.pem", "--warmup-size x",
            "--warmup-size 0", "--port 0 --warmup-shape builtin=1,3,31,31",
        ])
    func settings(arguments: String) throws { try check(arguments, 65) }

    @Test(
        "missing files end with 66",
        arguments: ["--port 0 --model a=/no/such/model.onnx", "--config /no/such.json", "--token-file /no/such/token"])
    func missing(arguments: String) throws { try check(arguments, 66) }

    @Test("a port that is taken ends the process, with one line that names it", arguments: ["http", "grpc"])
    func takenPort(scheme: String) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isBound)
        let port = UInt16(bigEndian: address.sin_port)
        let (own, other) = scheme == "http" ? ("--port", "--grpc-port") : ("--grpc-port", "--port")
        let result = try DeeperProcess(
            ["serve", own, "\(port)", other, "0", "--log-level", "warning"], script: "exec timeout 20 \"$0\" \"$@\"")
        #expect(result.status == 65)
        #expect(result.errors == "error: \(scheme)://127.0.0.1:\(port) cannot be listened on: Address already in use\n")
    }

    private func check(_ arguments: String, _ status: Int32) throws {
        let words = arguments.split(separator: " ").map(String.init)
        let result = try DeeperProcess(["serve", "--grpc-port", "off"] + words)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains("rror: "))
        #expect(result.output.isEmpty)
    }
}
#endif
