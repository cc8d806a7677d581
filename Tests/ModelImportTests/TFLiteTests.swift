import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite("networks of TFLite: the fuzzer's seeds") struct TFLiteTests {
    private func seed(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: TestData.packageRoot.appending(path: "Tests/Fuzzing/corpus/tflite/\(name)")))
    }

    private func graph(_ name: String) throws -> Graph { try TFLiteModel.contents(seed(name)).graph }

    @Test("convolutions need one transposition at the input, and the signature gives names") func chain() throws {
        let graph = try graph("chain")
        #expect(
            graph.nodes.map(\.operatorName) == [
                "Transpose", "Conv", "Relu", "Pad", "Add", "Clip", "Resize", "GlobalAveragePool", "Squeeze", "Gemm",
            ])
        #expect(graph.name(of: graph.inputs[0].value) == "picture")
        #expect(graph.outputs.map { graph.name(of: $0) } == ["classes"])
        #expect(graph.inputs[0].type.dimensions == [.symbol("N"), .fixed(6), .fixed(6), .fixed(2)])
        let weights = graph.constants.values.first { $0.shape == [3, 2, 3, 3] }
        #expect(weights?.elementType == .float32)
    }

    @Test("integers are between QuantizeLinear and DequantizeLinear, as int8's passes take them") func quantized()
        throws
    {
        let names = try graph("quantized").nodes.map(\.operatorName)
        #expect(names.filter { $0 == "QuantizeLinear" }.count == 3)
        #expect(names.filter { $0 == "DequantizeLinear" }.count == 5)
        #expect(names.contains("Conv") && names.contains("MaxPool"))
    }

    @Test("a shape that is computed from an open batch holds for every batch") func openBatch() throws {
        let graph = try graph("shapes")
        for batch in [1, 3] {
            let types = try graph.inferTypes([
                graph.inputs[0].value: TensorType(.float32, Shape([batch, 6, 6, 2]))
            ])
            let shapes = try graph.outputs.map { try types.type($0).shape.dimensions }
            #expect(shapes == [[batch, 1, 65], [batch, 2]])
        }
    }

    @Test("metadata gives labels and preprocessing") func labelled() throws {
        let contents = try TFLiteModel.contents(seed("labelled"))
        #expect(contents.metadata[TFLiteModel.labelsKey] == "cat\ndog\nbird\n")
        #expect(
            contents.metadata["deeper.preprocessing"]
                == #"{"resize":{"width":4,"height":4},"crop":null,"channels":"rgb","scale":1.0,"#
                + #""mean":[127.5,127.5,127.5],"std":[127.5,127.5,127.5]}"#)
    }

    @Test("the fuzzer's other seeds are networks", arguments: ["elements", "moves", "detector"])
    func otherSeeds(name: String) throws {
        #expect(try graph(name).nodes.count > 20)
    }

    @Test("a file that is cut off anywhere is refused", arguments: ["chain", "quantized", "shapes", "detector"])
    func truncated(name: String) throws {
        let bytes = try seed(name)
        // The last bytes are those of a name, or of weights.
        for count in stride(from: 0, to: bytes.count - 16, by: 37) {
            let code = try errorCode {
                let graph = try TFLiteModel.contents(Array(bytes[..<count])).graph
                for (_, tensor) in graph.constants { _ = try tensor.bytes() }
            }
            #expect(code == .invalidModel, "\(count) of \(bytes.count) bytes")
        }
    }

    @Test(
        "a file with a byte changed gives a network or an error, and takes no more memory than its size allows",
        arguments: ["chain", "quantized", "shapes", "detector"])
    func damaged(name: String) throws {
        let bytes = try seed(name)
        for place in stride(from: 0, to: bytes.count, by: 3) {
            for value: UInt8 in [1, 0xFF] {
                var damaged = bytes
                damaged[place] = value
                _ = try errorCode { _ = try TFLiteModel.contents(damaged) }
            }
        }
    }

    @Test("errors name what is wrong") func errors() throws {
        func message(_ bytes: [UInt8]) -> String {
            do {
                _ = try TFLiteModel.contents(bytes)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message([]).contains("not a TFLite file"))
        #expect(message(Array("....TFL2....".utf8)).contains("not a TFLite file: bytes 4 to 7 are not \"TFL3\""))
        #expect(
            message([0xFF, 0xFF, 0, 0] + Array("TFL3".utf8)).contains("what byte 65535 holds reaches beyond its end"))
    }
}
