import Deeper
import Foundation
import Hummingbird

// Answers a picture with its classes: swift run App MODEL.onnx, then curl --data-binary @photo.jpg
// localhost:8080/classify
let engine = try Engine(Model(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])))
// The model's own preprocessing, otherwise that of Caffe's networks such as GoogLeNet.
let preprocessing = engine.model.preprocessing ?? .caffe
let router = Router()
router.post("classify") { request, _ in
    let picture = try await request.body.collect(upTo: 16 << 20)
    let classes = try await engine.classify(encoded: [UInt8](picture.readableBytesView), preprocessing: preprocessing)
    return classes.map { "\($0.label ?? String($0.index)) \($0.score)\n" }.joined()
}
try await Application(router: router).runService()
