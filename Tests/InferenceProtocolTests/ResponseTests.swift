import DeeperInferenceProtocol
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Answers as clients see them.
struct ResponseTests {
    private func response(_ outputs: [InferenceResponse.Output]) -> InferenceResponse {
        InferenceResponse(modelName: "m", modelVersion: "2", id: "i\"", outputs: outputs)
    }

    private func json(_ response: InferenceResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(try response.json())) as? [String: Any])
    }

    @Test("rows of a batch are written as numbers with every digit")
    func numbers() throws {
        let tensor = try Tensor([1, 0.1, -2.5e-8, 16_777_216, 3, 4] as [Float], shape: [3, 2])
        let body = try json(
            response([.init(name: "y", shape: [2, 2], content: .elements(tensor, bytes: 8..<24), wantsBinary: false)]))
        #expect(body["model_name"] as? String == "m" && body["model_version"] as? String == "2")
        #expect(body["id"] as? String == "i\"")
        let output = try #require((body["outputs"] as? [[String: Any]])?.first)
        #expect(output["datatype"] as? String == "FP32" && output["shape"] as? [Int] == [2, 2])
        #expect((output["data"] as? [Double])?.map { Float($0) } == [-2.5e-8, 16_777_216, 3, 4])
    }

    @Test("unsigned integers are written with every digit")
    func unsigned() throws {
        let tensor = try Tensor([0, 1 << 53 + 1, .max] as [UInt64], shape: [3])
        let answer = response([
            .init(name: "y", shape: [2], content: .elements(tensor, bytes: 8..<24), wantsBinary: false)
        ])
        let text = String(decoding: try answer.json(), as: UTF8.self)
        #expect(
            text.contains(#""datatype":"UINT64","shape":[2],"data":[9007199254740993,18446744073709551615]"#), "\(text)"
        )
    }

    @Test("bytes are announced with their number, strings with the lengths in front")
    func binary() throws {
        let tensor = try Tensor([1, 2] as [Int64], shape: [2])
        let outputs: [InferenceResponse.Output] = [
            .init(name: "n", shape: [2], content: .elements(tensor, bytes: 0..<16), wantsBinary: true),
            .init(name: "s", shape: [2], content: .strings(["ab", "é"]), wantsBinary: true),
        ]
        let announced = try #require(try json(response(outputs))["outputs"] as? [[String: Any]])
        #expect(announced.compactMap { ($0["parameters"] as? [String: Int])?["binary_data_size"] } == [16, 12])
        #expect(announced.allSatisfy { $0["data"] == nil })
        #expect(announced[1]["datatype"] as? String == "BYTES")
        #expect(try outputs[1].withBytes { Array($0) } == [2, 0, 0, 0, 97, 98, 2, 0, 0, 0, 0xC3, 0xA9])
    }

    @Test("values that JSON cannot represent are refused, not written as null")
    func notANumber() throws {
        for value in [Float.nan, .infinity] {
            let tensor = try Tensor([value], shape: [1])
            let answer = response([
                .init(name: "y", shape: [1], content: .elements(tensor, bytes: 0..<4), wantsBinary: false)
            ])
            #expect(throws: ServingError.self) { try answer.json() }
        }
    }

    @Test("classes come best first, equal ones by position, with labels where there are some")
    func classes() throws {
        let tensor = try Tensor([0.5, 2, 2, .nan, 9, 8, 7, 6] as [Float], shape: [2, 4])
        let first = try ClassificationStrings.top(tensor, rows: 0..<1, of: 2, count: 3, labels: ["a", "b", "c", "d"])
        #expect(first.strings == ["2.000000:1:b", "2.000000:2:c", "0.500000:0:a"])
        #expect(throws: ServingError.self, "labels that are not one for each class name the wrong ones") {
            try ClassificationStrings.top(tensor, rows: 0..<1, of: 2, count: 3, labels: ["a", "b"])
        }
        let second = try ClassificationStrings.top(tensor, rows: 1..<2, of: 2, count: 9, labels: nil)
        #expect(second.perRow == 4)
        #expect(second.strings == ["9.000000:0", "8.000000:1", "7.000000:2", "6.000000:3"])
    }

    @Test("every element type has the protocol's name and is found by it")
    func datatypes() throws {
        for type in ElementType.allCases { #expect(try ElementType(datatype: type.datatype) == type) }
        #expect(throws: ServingError.self) { try ElementType(datatype: "BYTES") }
    }
}
