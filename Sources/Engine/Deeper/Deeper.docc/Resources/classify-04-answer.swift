import Deeper
import DeeperBuiltinModel

let model = try BuiltinModel.model()
let engine = try Engine(model)

let picture = try Picture(contentsOf: CommandLine.arguments[1])
for prediction in try await engine.classify(picture, top: 3) {
    print(prediction.score, prediction.label ?? "class \(prediction.index)")
}
