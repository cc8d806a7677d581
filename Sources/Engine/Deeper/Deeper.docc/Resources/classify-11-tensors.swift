import Deeper

let model = try Model(contentsOf: "bvlc_googlenet.onnx")
let engine = try Engine(model)

var generator = SeededGenerator(seed: 1)
let data = try Tensor((0..<3 * 224 * 224).map { _ in generator.nextSigned() }, shape: [1, 3, 224, 224])
for (name, tensor) in try await engine.run(["data": data]) { print(name, tensor) }
