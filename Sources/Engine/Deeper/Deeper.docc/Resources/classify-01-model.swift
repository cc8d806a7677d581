import Deeper
import DeeperBuiltinModel

let model = try BuiltinModel.model()
print(model)
