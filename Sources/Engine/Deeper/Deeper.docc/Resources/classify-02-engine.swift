import Deeper
import DeeperBuiltinModel

let model = try BuiltinModel.model()
let engine = try Engine(model)
