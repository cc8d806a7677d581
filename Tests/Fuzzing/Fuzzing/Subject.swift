import DeeperGraphs
import DeeperImaging
import DeeperImport
import DeeperInferenceProtocol
import DeeperTensors

/// A reader of what strangers send. It may refuse by an error; anything else ends the process.
enum Subject: String, CaseIterable {
    case request, onnx, safetensors, picture

    /// - Returns: 0 always, as libFuzzer wants.
    func read(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        do {
            switch self {
            case .request: try Self.request(bytes)
            case .onnx: try Self.onnx(bytes)
            case .safetensors: try Self.safetensors(bytes)
            case .picture: try Self.picture(bytes)
            }
        } catch is DeeperError {
        } catch is ServingError {
        } catch {
            fatalError("an error of another kind: \(error)")
        }
        return 0
    }

    /// The body of an inference, whose first two bytes say how much of it is JSON, and the same as a form.
    private static func request(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count >= 2 else { return }
        let body = Array(bytes[2...])
        let length = min(body.count, Int(bytes[0]) << 8 | Int(bytes[1]))
        _ = try? MultipartForm.file(in: body, boundary: "X")
        let request = try JSONRequestParser.parse(
            Array(body.prefix(length)), binaryByteCount: body.count - length
        ) { Part(bytes: Array(body[length + $0.lowerBound..<length + $0.upperBound])) }
        for input in request.inputs {
            // What the parser accepts, the scheduler copies.
            _ = try Tensor(input.elementType, shape: input.shape) { try input.content.copy(into: $0) }
        }
    }

    private struct Part: TensorContent {
        let bytes: [UInt8]
        var byteCount: Int { bytes.count }
        func copy(into target: UnsafeMutableRawBufferPointer) { target.copyBytes(from: bytes) }
    }

    private static func onnx(_ bytes: UnsafeRawBufferPointer) throws {
        let graph = try ONNXModel.graph(bytes)
        try graph.verify()
        _ = try graph.inferTypes(try graph.plausibleTypes())
    }

    private static func safetensors(_ bytes: UnsafeRawBufferPointer) throws {
        let file = try SafetensorsFile(bytes: Array(bytes), name: "fuzz")
        for name in file.names { _ = try file.tensor(named: name) }
    }

    private static func picture(_ bytes: UnsafeRawBufferPointer) throws {
        let limits = DecodingLimits(maxPixelCount: 1 << 20, maxFileBytes: 1 << 20)
        let picture = try Picture(decoding: bytes, limits: limits)
        _ = try Preprocessing.caffe.planes(of: picture)
    }
}
