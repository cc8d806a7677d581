import DeeperGraphs
import DeeperImaging
import DeeperImport
import DeeperInferenceProtocol
import DeeperTensors

/// A reader of what strangers send. It may refuse by an error; anything else ends the process.
enum Subject: String, CaseIterable {
    case request, onnx, safetensors, picture, prototxt, caffemodel, tflite

    /// - Returns: 0 always, as libFuzzer wants.
    func read(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        do {
            switch self {
            case .request: try Self.request(bytes)
            case .onnx: try Self.onnx(bytes)
            case .safetensors: try Self.safetensors(bytes)
            case .picture: try Self.picture(bytes)
            case .prototxt: try Self.prototxt(bytes)
            case .caffemodel: try Self.caffemodel(bytes)
            case .tflite: try Self.tflite(bytes)
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

    private static func prototxt(_ bytes: UnsafeRawBufferPointer) throws {
        let graph = try CaffeModel.contents(text: bytes, weights: nil).graph
        _ = try graph.inferTypes(try graph.plausibleTypes())
    }

    /// The weights of a network that has a layer of every kind with weights.
    private static func caffemodel(_ bytes: UnsafeRawBufferPointer) throws {
        let network = """
            input: "x" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
            layer { name: "a" type: "Convolution" bottom: "x" top: "a" convolution_param { num_output: 4 kernel_size: 3 } }
            layer { name: "b" type: "BatchNorm" bottom: "a" top: "a" }
            layer { name: "c" type: "Scale" bottom: "a" top: "a" scale_param { bias_term: true } }
            layer { name: "d" type: "PReLU" bottom: "a" top: "a" }
            layer { name: "e" type: "InnerProduct" bottom: "a" top: "e" inner_product_param { num_output: 5 } }
            layer { name: "f" type: "InnerProduct" bottom: "a" top: "f" inner_product_param { num_output: 2 axis: 3 } }
            """
        let graph = try Array(network.utf8).withUnsafeBytes {
            try CaffeModel.contents(text: $0, weights: Array(bytes)).graph
        }
        for (_, tensor) in graph.constants where tensor.elementType == .float32 {
            _ = try tensor.elements(as: Float.self)
        }
    }

    private static func tflite(_ bytes: UnsafeRawBufferPointer) throws {
        let graph = try TFLiteModel.contents(Array(bytes)).graph
        try graph.verify()
        for (_, tensor) in graph.constants where tensor.byteCount < 1 << 20 { _ = try tensor.bytes() }
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
