internal import Foundation
internal import Synchronization

/// Python, whose libraries the tests compare with: `DEEPER_PYTHON`, or the checkout's `.venv`, which `make venv` fills.
public enum PythonReference {
    private static let interpreter: String =
        ProcessInfo.processInfo.environment["DEEPER_PYTHON"]
        ?? TestData.packageRoot.appending(path: ".venv/bin/python3").path

    /// The comment of a test that is skipped because Python or one of its modules is missing.
    public static let absence = "needs Python with the modules of Tests/Python: run make venv or set DEEPER_PYTHON"

    /// Whether Python runs and has the module. It is asked once for each.
    public static func has(module: String) -> Bool {
        knownModules.withLock { known in
            if let answer = known[module] { return answer }
            let answer = (try? run(["-c", "import \(module)"], isQuiet: true)) == 0
            known[module] = answer
            return answer
        }
    }

    private static let knownModules = Mutex<[String: Bool]>([:])

    /// Runs a script of Tests/Python and returns its exit status.
    public static func run(script: String, _ arguments: [String]) throws -> Int32 {
        try run([TestData.packageRoot.appending(path: "Tests/Python/\(script)").path] + arguments, isQuiet: false)
    }

    private static func run(_ arguments: [String], isQuiet: Bool) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: interpreter)
        process.arguments = arguments
        if isQuiet { process.standardError = FileHandle.nullDevice }
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
