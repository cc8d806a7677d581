import Deeper
import DeeperBuiltinModel

let model = try BuiltinModel.model()
let engine = try Engine(model)

let picture = try Picture(contentsOf: CommandLine.arguments[1])
print(picture.width, "x", picture.height)
