import DeeperInferenceProtocol
import DeeperTensors
import DeeperTestSupport
import Testing

/// Bodies of infer requests.
struct RequestTests {
    private func parse(_ text: String, binary: [UInt8] = []) throws -> InferenceRequest {
        try JSONRequestParser.parse([UInt8](text.utf8), binaryByteCount: binary.count) { range in
            Bytes(bytes: Array(binary[range]))
        }
    }

    private struct Bytes: TensorContent {
        let bytes: [UInt8]
        var byteCount: Int { bytes.count }
        func copy(into target: UnsafeMutableRawBufferPointer) { target.copyBytes(from: bytes) }
    }

    private func refusal(_ text: String, binary: [UInt8] = []) -> String? {
        do {
            _ = try parse(text, binary: binary)
            return nil
        } catch let error as ServingError {
            #expect(error.kind == .badRequest)
            return error.message
        } catch {
            return "another error: \(error)"
        }
    }

    @Test("a request with everything that clients send is read, in any order of members")
    func everything() throws {
        let request = try parse(
            """
            {"id": "7", "unknown": {"a": [1, null]}, "parameters": {"timeout": 5, "sequence_id": 3, "binary_data_output": true},
             "outputs": [{"name": "y", "parameters": {"classification": 3, "binary_data": false}}, {"name": "z"}],
             "inputs": [{"data": [[1, 2.5], [-3, 4]], "shape": [2, 2], "datatype": "FP32", "name": "x", "parameters": null},
                        {"name": "b", "datatype": "BOOL", "shape": [3], "data": [true, 0, 1]}]}
            """)
        #expect(request.id == "7" && request.timeoutMicroseconds == 5 && request.wantsBinary)
        #expect(request.inputs.map(\.name) == ["x", "b"])
        let x = try #require(request.inputs[0].content as? Tensor)
        #expect(x.shape == [2, 2])
        #expect(try x.elements(as: Float.self) == [1, 2.5, -3, 4])
        let b = try #require(request.inputs[1].content as? Tensor)
        #expect(try b.elements(as: Bool.self) == [true, false, true])
        let outputs = try #require(request.outputs)
        #expect(outputs.map(\.name) == ["y", "z"])
        #expect(outputs[0].classCount == 3 && outputs[0].wantsBinary == false && outputs[1].wantsBinary == nil)
    }

    @Test("null stands for a member left out, and an empty list of outputs for all")
    func nulls() throws {
        let request = try parse(
            #"{"id": null, "parameters": null, "outputs": [], "inputs": [{"name": "x", "shape": [1], "datatype": "INT64", "data": [9007199254740993], "parameters": null}]}"#
        )
        #expect(request.id == nil && request.outputs == nil && !request.wantsBinary)
        #expect(try (request.inputs[0].content as? Tensor)?.elements(as: Int64.self) == [9_007_199_254_740_993])
    }

    @Test("integers of every type are read up to the ends of their ranges")
    func integers() throws {
        func read<Element: TensorElement>(_ datatype: String, _ data: String) throws -> [Element]? {
            let request = try parse(
                #"{"inputs": [{"name": "x", "shape": [2], "datatype": "\#(datatype)", "data": [\#(data)]}]}"#)
            return try (request.inputs[0].content as? Tensor)?.elements()
        }
        #expect(try read("INT8", "-128, 127") == [.min, .max] as [Int8])
        #expect(try read("UINT8", "0, 255") == [.min, .max] as [UInt8])
        #expect(try read("INT16", "-32768, 32767") == [.min, .max] as [Int16])
        #expect(try read("UINT16", "0, 65535") == [.min, .max] as [UInt16])
        #expect(try read("INT32", "-2147483648, 2147483647") == [.min, .max] as [Int32])
        #expect(try read("UINT32", "0, 4294967295") == [.min, .max] as [UInt32])
        #expect(try read("INT64", "-9223372036854775808, 9223372036854775807") == [.min, .max] as [Int64])
        #expect(try read("UINT64", "0, 18446744073709551615") == [.min, .max] as [UInt64])
    }

    @Test("tensors after the JSON are found by their sizes, in order")
    func binary() throws {
        let request = try parse(
            """
            {"inputs": [{"name": "a", "shape": [2], "datatype": "UINT8", "parameters": {"binary_data_size": 2}},
                        {"name": "b", "shape": [1], "datatype": "INT32", "parameters": {"binary_data_size": 4}}]}
            """, binary: [1, 2, 3, 0, 0, 0])
        #expect((request.inputs[0].content as? Bytes)?.bytes == [1, 2])
        #expect((request.inputs[1].content as? Bytes)?.bytes == [3, 0, 0, 0])
    }

    @Test(
        "what is wrong is said",
        arguments: [
            ("", "JSON"), ("[]", "object"), ("{}", "inputs"), (#"{"inputs": 1}"#, "array"),
            (#"{"inputs": [{"shape": [1], "datatype": "FP32", "data": [1]}]}"#, "name"),
            (#"{"inputs": [{"name": "x", "datatype": "FP32", "data": [1]}]}"#, "shape"),
            (#"{"inputs": [{"name": "x", "shape": [1], "data": [1]}]}"#, "datatype"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "BYTES", "data": ["a"]}]}"#, "BYTES"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "FP16", "data": [70000]}]}"#, "range"),
            (#"{"inputs": [{"name": "x", "shape": [2], "datatype": "FP32", "data": [1]}]}"#, "2 elements"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1, 2]}]}"#, "more"),
            (#"{"inputs": [{"name": "x", "shape": [-1], "datatype": "FP32", "data": [1]}]}"#, "-1"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32"}]}"#, "data"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "UINT8", "data": [256]}]}"#, "256"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "INT16", "data": [32768]}]}"#, "32768"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "UINT16", "data": [-1]}]}"#, "-1"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "UINT32", "data": [4294967296]}]}"#, "4294967296"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "UINT64", "data": [-1]}]}"#, "unsigned"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "UINT64", "data": [0.5]}]}"#, "unsigned"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": ["1"]}]}"#, "value"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [-1e39]}]}"#, "range"),
            (#"{"inputs": [{"name": "x", "shape": [1], "datatype": "FP64", "data": [1e999]}]}"#, "range"),
            (
                #"{"inputs": [{"name": "x", "shape": [4611686018427387904, 4], "datatype": "FP32", "data": [1]}]}"#,
                "4611686018427387904"
            ),
            (#"{"inputs": [], "inputs": []}"#, "twice"), (#"{"inputs": []} x"#, "end"),
            (#"{"inputs": [], "outputs": [{"name": "y", "parameters": {"classification": -1}}]}"#, "-1"),
        ])
    func malformed(text: String, part: String) {
        #expect(refusal(text)?.contains(part) == true, "\(refusal(text) ?? "accepted")")
    }

    @Test("sizes of binary tensors that do not add up are refused")
    func binarySizes() {
        func text(_ size: String) -> String {
            #"{"inputs": [{"name": "a", "shape": [2], "datatype": "UINT8", "parameters": {"binary_data_size": \#(size)}}]}"#
        }
        #expect(refusal(text("2"), binary: [1, 2]) == nil)
        for (size, bytes) in [("1", 1), ("3", 3), ("2", 1), ("2", 3), ("-2", 2), ("9223372036854775807", 2)] {
            #expect(refusal(text(size), binary: Array(repeating: 0, count: bytes)) != nil, "\(size) of \(bytes)")
        }
    }

    @Test("a short body that claims a huge shape reserves nothing")
    func hugeShape() {
        #expect(
            refusal(#"{"inputs": [{"name": "x", "shape": [1099511627776], "datatype": "FP32", "data": [1]}]}"#) != nil)
    }
}
