#if Server
internal import Deeper
internal import HTTPTypes
internal import Hummingbird
internal import InferenceProtocol
internal import ModelServing

extension ServingResponder {
    /// Texts shorter than this are read where they arrive.
    private static let shortText = 16 << 10
    private static let largestTop = 1 << 16

    func infer(_ request: Request, _ body: SegmentedBody, on model: ServedModel) async throws -> Response {
        try Self.checkEncoding(request)
        let textCount = try Self.textCount(request, body.byteCount)
        let parse: @Sendable () throws -> InferenceRequest = {
            try JSONRequestParser.parse(
                body.bytes(0..<textCount), binaryByteCount: body.byteCount - textCount
            ) { range in BodyPart(body: body, range: textCount + range.lowerBound..<textCount + range.upperBound) }
        }
        let inference = textCount <= Self.shortText ? try parse() : try await core.coding(parse)
        let response = try await core.infer(inference, on: model)
        let textBytes = response.outputs.reduce(0) { $0 + ($1.wantsBinary ? 0 : $1.byteCount) }
        guard textBytes > Self.shortText else { return try .inference(response) }
        return try await core.coding { try .inference(response) }
    }

    func classify(_ request: Request, _ body: SegmentedBody, on model: ServedModel) async throws -> Response {
        try Self.checkEncoding(request)
        var top = 5
        if let text = request.uri.queryParameters["top"] {
            guard let number = Int(text), (1...Self.largestTop).contains(number) else {
                throw ServingError(.badRequest, "top is \"\(text)\", expected a number from 1")
            }
            top = number
        }
        var picture = body.bytes(0..<body.byteCount)
        if let type = request.headers[.contentType], let boundary = MultipartForm.boundary(ofContentType: type) {
            picture = Array(picture[try MultipartForm.file(in: picture, boundary: boundary)])
        }
        guard !picture.isEmpty else { throw ServingError(.badRequest, "the request has no picture") }
        let predictions = try await core.classify(picture, on: model, top: top)
        return try .json(
            Classification(
                modelName: model.name, modelVersion: model.version,
                top: predictions.map { .init(index: $0.index, label: $0.label, score: $0.score) }))
    }

    /// Bytes of the body that are JSON.
    private static func textCount(_ request: Request, _ byteCount: Int) throws -> Int {
        guard let text = request.headers[.inferenceHeaderContentLength] else { return byteCount }
        guard let count = Int(text), (0...byteCount).contains(count) else {
            throw ServingError(
                .badRequest,
                "Inference-Header-Content-Length is \"\(text)\", expected 0 to the body's length, \(byteCount)")
        }
        return count
    }

    private static func checkEncoding(_ request: Request) throws {
        guard let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" else { return }
        throw ServingError(.unsupportedEncoding, "Content-Encoding \(encoding) is not read; send the body as it is")
    }

    /// The answer to a picture.
    private struct Classification: Encodable {
        struct Entry: Encodable {
            let index: Int
            let label: String?
            let score: Float
        }

        let modelName: String
        let modelVersion: String
        let top: [Entry]

        enum CodingKeys: String, CodingKey {
            case top
            case modelName = "model_name"
            case modelVersion = "model_version"
        }
    }
}
#endif
