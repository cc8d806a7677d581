import Deeper
import DeeperBuiltinModel
import Foundation

let model = try BuiltinModel.model()
let engine = try Engine(model)

func answer(to file: Data) async throws -> String {
    let predictions = try await engine.classify(encoded: [UInt8](file), top: 3)
    return predictions.map { "\($0.label ?? "class \($0.index)") \($0.score)" }.joined(separator: ", ")
}

let file = try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1]))
print(try await answer(to: file))
