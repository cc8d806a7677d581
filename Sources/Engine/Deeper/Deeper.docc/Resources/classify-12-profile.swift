import Deeper

let model = try Model(contentsOf: "bvlc_googlenet.onnx")
let engine = try Engine(model)

var generator = SeededGenerator(seed: 1)
let data = try Tensor((0..<3 * 224 * 224).map { _ in generator.nextSigned() }, shape: [1, 3, 224, 224])
let steps = try engine.profile(["data": data]).sorted { $0.nanoseconds > $1.nanoseconds }
for step in steps.prefix(10) { print(step.nanoseconds, "ns", step.name, step.operatorName) }
