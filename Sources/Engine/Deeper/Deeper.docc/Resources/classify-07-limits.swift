import Deeper
import DeeperBuiltinModel
import Foundation

let model = try BuiltinModel.model()
let engine = try Engine(model, options: EngineOptions(queueLimit: 64))

@Sendable func answer(to file: Data) async throws -> String {
    let predictions = try await engine.classify(
        encoded: [UInt8](file), top: 3, deadline: .now + .seconds(1))
    return predictions.map { "\($0.label ?? "class \($0.index)") \($0.score)" }.joined(separator: ", ")
}

try await withThrowingTaskGroup(of: String.self) { group in
    for path in CommandLine.arguments.dropFirst() {
        group.addTask {
            let file = try Data(contentsOf: URL(fileURLWithPath: path))
            return "\(path): \(try await answer(to: file))"
        }
    }
    for try await line in group { print(line) }
}
