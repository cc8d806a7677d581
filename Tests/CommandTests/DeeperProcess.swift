import DeeperTestSupport
import Foundation

/// The command as a user runs it.
struct DeeperProcess {
    let status: Int32
    let output: String
    let errors: String

    /// The executable that was built together with the tests.
    static let path: String = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return bundle.appendingPathComponent("deeper").path
    }()

    static let exists = FileManager.default.isExecutableFile(atPath: path)

    /// Runs `deeper ARGUMENTS` and waits.
    ///
    /// - Parameters:
    ///   - memoryLimitKiB: the most address space it may take, if given.
    ///   - script: what /bin/sh does instead of running the command, which is "$0" "$@".
    init(_ arguments: [String], memoryLimitKiB: Int? = nil, script: String? = nil) throws {
        let process = Process()
        if let script = script ?? memoryLimitKiB.map({ "ulimit -v \($0); exec \"$0\" \"$@\"" }) {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", script, DeeperProcess.path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: DeeperProcess.path)
            process.arguments = arguments
        }
        // Files instead of pipes: a full pipe would stop the process while nobody reads it yet.
        (status, output, errors) = try withTemporaryFolder { folder in
            let (out, err) = (folder + "/out", folder + "/err")
            for file in [out, err] {
                guard FileManager.default.createFile(atPath: file, contents: nil) else {
                    throw CocoaError(.fileWriteUnknown)
                }
            }
            process.standardOutput = FileHandle(forWritingAtPath: out)
            process.standardError = FileHandle(forWritingAtPath: err)
            process.standardInput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            let text = try [out, err].map {
                String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self)
            }
            let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
            return (code, text[0], text[1])
        }
    }

    /// Standard output as JSON objects, one a line.
    func jsonLines() throws -> [[String: Any]] {
        try output.split(separator: "\n").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
        }
    }

    /// Standard output as one JSON object.
    func json() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
    }
}
