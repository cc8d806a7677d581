#if Server
import Deeper
import DeeperImaging
import DeeperInferenceProtocol
import DeeperModelServing
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@testable import DeeperServing

/// Settings from text, wherever it comes from.
struct ServingConfigurationTests {
    @Test("a file sets everything, and paths are relative to it")
    func file() throws {
        try withTemporaryFolder { folder in
            try "a\nb\n".write(toFile: "\(folder)/labels.txt", atomically: true, encoding: .utf8)
            let text = """
                {"host": "::1", "port": 9000, "grpc-port": "off", "max-batch": 16, "queue-timeout": 0.5,
                 "model-control": false, "warmup-size": 640,
                 "models": [{"name": "a", "path": "a.onnx", "labels": "labels.txt", "preset": "torchvision",
                             "warmup-shape": "1,3,48,320"},
                            {"name": "b", "path": "/b.onnx", "max-batch": 1, "max-delay": 100, "queue-limit": 5,
                             "warmup-size": 96, "warmup-shape": ["x=1,7", "y=1,2"]}]}
                """
            try text.write(toFile: "\(folder)/server.json", atomically: true, encoding: .utf8)
            var configuration = ServingConfiguration()
            try configuration.set(fromFile: "\(folder)/server.json")
            #expect(configuration.host == "::1" && configuration.port == 9000 && configuration.grpcPort == nil)
            #expect(configuration.queueTimeout == 0.5 && !configuration.allowsModelControl)
            let models = configuration.models
            #expect(models.map(\.name) == ["a", "b"])
            #expect(models[0].path == "\(folder)/a.onnx" && models[0].maxBatch == 16)
            #expect(models[0].labels == ["a", "b"] && models[0].preprocessing == .torchvision)
            #expect(models[1].path == "/b.onnx" && models[1].maxBatch == 1 && models[1].maxDelayMicroseconds == 100)
            #expect(models.map(\.warmUpExtent) == [640, 96])
            #expect(models[0].warmUpShapes == [InputShape(extents: [1, 3, 48, 320])])
            #expect(models[1].warmUpShapes == [.init(name: "x", extents: [1, 7]), .init(name: "y", extents: [1, 2])])
            #expect(configuration.source(name: "c", path: "c").warmUpExtent == 640)
            try configuration.validate()
            // The environment precedes the file.
            try configuration.set(from: ["DEEPER_PORT": "9100", "DEEPER_GRPC_PORT": "9101", "DEEPER_OTHER": "x"])
            #expect(configuration.port == 9100 && configuration.grpcPort == 9101)
        }
    }

    @Test(
        "errors in a file are named",
        arguments: [
            (#"{"prot": 1}"#, "prot"), (#"{"port": "x"}"#, "port"), (#"{"port": 1.5}"#, "port"),
            (#"{"models": [{"name": "a"}]}"#, "path"), (#"{"models": [{"name": "a", "path": "b", "x": 1}]}"#, "x"),
            (#"{"models": [{"name": "a", "path": "b", "preset": "none"}]}"#, "none"), ("[]", "object"),
            (#"{"models": [{"name": "a", "path": "b", "warmup-shape": "1,x"}]}"#, "warmup-shape"),
            (#"{"models": [{"name": "a", "path": "b", "warmup-size": "x"}]}"#, "warmup-size"),
            (#"{"port": 1} 2"#, "end"), (#"{"model-control": "maybe"}"#, "maybe"),
        ])
    func wrongFile(text: String, part: String) throws {
        try withTemporaryFolder { folder in
            try text.write(toFile: "\(folder)/server.json", atomically: true, encoding: .utf8)
            var configuration = ServingConfiguration()
            do {
                try configuration.set(fromFile: "\(folder)/server.json")
                Issue.record("accepted")
            } catch let error as DeeperError {
                #expect(error.code == .invalidInput)
                #expect("\(error)".contains(part) && "\(error)".contains("server.json"), "\(error)")
            }
        }
    }

    @Test("a secret comes from a file, without its line's end; a missing one is an error")
    func token() throws {
        try withTemporaryFolder { folder in
            try "s3cret\n".write(toFile: "\(folder)/token", atomically: true, encoding: .utf8)
            var configuration = ServingConfiguration()
            try configuration.set("token-file", to: "\(folder)/token")
            #expect(configuration.token == "s3cret")
            #expect(try errorCode { try configuration.set("token-file", to: "\(folder)/none") } == .fileNotFound)
        }
    }

    @Test("every setting is documented by its name and refuses invalid values")
    func ranges() throws {
        #expect(ServingConfiguration.variable(of: "max-batch") == "DEEPER_MAX_BATCH")
        let wrong: [(String, String)] = [
            ("port", "70000"), ("threads", "0"), ("warmup-size", "0"), ("instances", "5000"), ("max-body-bytes", "0"),
            ("max-pending-bytes", "1"), ("working-memory-bytes", "0"), ("max-connections", "0"),
            ("transfer-timeout", "0"), ("queue-timeout", "-1"),
            ("drain-delay", "-1"), ("certificate", "c.pem"), ("token", ""), ("grpc-port", "8080"), ("host", ""),
        ]
        for (key, value) in wrong {
            var configuration = ServingConfiguration()
            try configuration.set(key, to: value)
            #expect(try errorCode { try configuration.validate() } == .invalidInput, "\(key)")
        }
    }

    @Test("without a token and on the loopback only, requests by other names are refused")
    func hosts() throws {
        func accepts(_ authority: String?, _ change: (inout ServingConfiguration) -> Void = { _ in }) -> Bool {
            var configuration = ServingConfiguration()
            change(&configuration)
            do {
                try configuration.checkHost(authority)
                return true
            } catch {
                return false
            }
        }
        for name in [nil, "localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.0.0.2", "[::1]:8080"] {
            #expect(accepts(name), "\(name ?? "none")")
        }
        for name in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", ""] {
            #expect(!accepts(name), "\(name)")
            #expect(accepts(name) { $0.token = "secret" })
            #expect(accepts(name) { $0.host = "0.0.0.0" })
        }
        #expect(accepts("proxy.example:80") { $0.allowedHosts = ["proxy.example"] })
    }

    @Test("an empty token in the environment is an error, not a request for no token")
    func emptyToken() throws {
        var configuration = ServingConfiguration()
        try configuration.set(from: ["DEEPER_TOKEN": "", "DEEPER_PORT": ""])
        #expect(try errorCode { try configuration.validate() } == .invalidInput)
    }

    @Test("no message uses half of its stream's window", arguments: [1, 600_000, 4 << 20, 64 << 20, 1 << 29, 1 << 40])
    func streamWindow(largest: Int) {
        let window = GRPCService.window(forMessagesOf: largest)
        #expect(window <= Int(Int32.max))
        #expect(largest + 5 < window / 2 || window == Int(Int32.max))
    }

    @Test("the token is compared whole")
    func bearer() throws {
        let token = BearerTokenCheck("abc")
        #expect(token.accepts("Bearer abc") && token.accepts("bearer abc"))
        for wrong in [nil, "", "abc", "Bearer", "Bearer ab", "Bearer abcd", "Bearer abC", "Basic abc"] {
            #expect(!token.accepts(wrong), "\(wrong ?? "nothing")")
        }
    }
}
#endif
