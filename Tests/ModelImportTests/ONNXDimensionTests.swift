import DeeperGraphs
import DeeperTensors
import Testing

@testable import DeeperImport

@Suite struct ONNXDimensionTests {
    @Test(
        "words and expressions name a dimension; what has no letter leaves it open",
        arguments: [
            ("N", DeclaredDimension.symbol("N")), ("batch_size", .symbol("batch_size")), ("2*N", .symbol("2*N")),
            ("seq len", .symbol("seq len")), ("a.b", .symbol("a.b")), ("höhe", .symbol("höhe")), ("?", .unknown),
            ("", .unknown), ("1", .unknown), ("-1", .unknown), ("_1", .unknown),
        ])
    func names(name: String, expected: DeclaredDimension) throws {
        var model = try Onnx_ModelProto([Onnx_NodeProto("Relu", ["x"], ["y"])])
        var dimension = Onnx_TensorShapeProto.Dimension()
        dimension.dimParam = name
        model.graph.input[0].type.tensorType.shape.dim = [dimension, dimension]
        let graph = try model.read()
        #expect(graph.inputs[0].type.dimensions == [expected, expected])
        if expected == .unknown { _ = try graph.bind(["x": TensorType(.float32, [2, 3])]) }
    }
}
