#if Server
internal import Deeper
internal import DeeperImaging
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import DeeperTensors
internal import HTTPTypes
internal import Hummingbird

extension ServingResponder {
    private static let largestTop = 1 << 16

    func infer(
        _ request: Request, _ body: SegmentedBody, _ claim: ByteBudget.Claim, on model: ServedModel
    ) async throws -> Response {
        let inference = try await core.reading(for: model) { try await parsed(request, body, claim) }
        let response = try await core.infer(inference, on: model, claim)
        let byteCount = response.outputs.reduce(0) { $0 + $1.byteCount }
        try claim.add(response.outputs.reduce(0) { $0 + ($1.wantsBinary ? 1 : Self.textGrowth) * $1.byteCount })
        return try await core.coding(byteCount: byteCount) { try .inference(response) }
    }

    func classify(
        _ request: Request, _ body: SegmentedBody, _ claim: ByteBudget.Claim, on model: ServedModel
    ) async throws -> Response {
        let (bytes, top, orientation, crops) = try await core.reading(for: model) {
            (
                try await picture(request, body, claim), try Self.top(request), try Self.orientation(request),
                try Self.crops(request)
            )
        }
        let predictions = try await core.classify(
            bytes, on: model, claim, top: top, orientation: orientation, crops: crops)
        return try .json(
            Classification(
                modelName: model.name, modelVersion: model.version,
                top: predictions.map { .init(index: $0.index, label: $0.label, score: $0.score) }))
    }

    private func parsed(
        _ request: Request, _ body: SegmentedBody, _ claim: ByteBudget.Claim
    ) async throws -> InferenceRequest {
        let body = try await unpacked(request, body, claim)
        let textCount = try Self.textCount(request, body.byteCount)
        let parse: @Sendable () throws -> InferenceRequest = {
            try JSONRequestParser.parse(
                body.bytes(0..<textCount), binaryByteCount: body.byteCount - textCount
            ) { range in BodyPart(body: body, range: textCount + range.lowerBound..<textCount + range.upperBound) }
        }
        try claim.add(Self.textGrowth * textCount)
        return try await core.coding(byteCount: textCount, parse)
    }

    /// The factor by which JSON grows while it is read or written: numbers of two bytes become elements of eight,
    /// elements of four bytes become numbers of up to sixteen.
    private static let textGrowth = 4

    /// The number of classes requested.
    private static func top(_ request: Request) throws -> Int {
        guard let text = request.uri.queryParameters["top"] else { return 5 }
        guard let number = Int(text), (1...largestTop).contains(number) else {
            throw ServingError(.badRequest, "top is \"\(text)\", expected a number from 1")
        }
        return number
    }

    /// Whether the picture is turned upright.
    private static func orientation(_ request: Request) throws -> Picture.Orientation {
        guard let text = request.uri.queryParameters["orientation"] else { return .upright }
        guard let orientation = Picture.Orientation(rawValue: String(text)) else {
            throw ServingError(.badRequest, "orientation is \"\(text)\", expected upright or stored")
        }
        return orientation
    }

    /// The crops whose probabilities are averaged; nil if the request does not say.
    private static func crops(_ request: Request) throws -> CropSet? {
        guard let text = request.uri.queryParameters["crops"] else { return nil }
        guard let crops = Int(text).flatMap(CropSet.init) else {
            throw ServingError(.badRequest, "crops is \"\(text)\", expected 1, 10 or 144")
        }
        return crops
    }

    /// The picture within the body.
    private func picture(
        _ request: Request, _ body: SegmentedBody, _ claim: ByteBudget.Claim
    ) async throws -> [UInt8] {
        let body = try await unpacked(request, body, claim)
        try claim.add(body.byteCount)
        let boundary = request.headers[.contentType].flatMap(MultipartForm.boundary(ofContentType:))
        let picture = try await core.coding(byteCount: body.byteCount) {
            let bytes = body.bytes(0..<body.byteCount)
            guard let boundary else { return bytes }
            return Array(bytes[try MultipartForm.file(in: bytes, boundary: boundary)])
        }
        guard !picture.isEmpty else { throw ServingError(.badRequest, "the request has no picture") }
        return picture
    }

    /// The number of bytes of the body that are JSON.
    private static func textCount(_ request: Request, _ byteCount: Int) throws -> Int {
        guard let text = request.headers[.inferenceHeaderContentLength] else { return byteCount }
        guard let count = Int(text), (0...byteCount).contains(count) else {
            throw ServingError(
                .badRequest,
                "Inference-Header-Content-Length is \"\(text)\", expected 0 to the body's length, \(byteCount)")
        }
        return count
    }

    /// The body before the client compressed it.
    private func unpacked(
        _ request: Request, _ body: SegmentedBody, _ claim: ByteBudget.Claim
    ) async throws -> SegmentedBody {
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "identity": return body
        case "gzip", "x-gzip", "deflate":
            let limit = core.configuration.maxBodyBytes
            return try await core.coding {
                let plain = try Inflating.inflate(
                    body.bytes(0..<body.byteCount), limit: limit, name: "the request's body")
                try claim.add(plain.count)
                return SegmentedBody(bytes: plain)
            }
        case let other?:
            throw ServingError(.unsupportedEncoding, "Content-Encoding \(other) is none of gzip, deflate, identity")
        }
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
