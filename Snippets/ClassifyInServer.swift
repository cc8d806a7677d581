// Classifies pictures in a server: one engine for all requests, one async call for each.
//
// usage: swift run ClassifyInServer MODEL.onnx PICTURE

import Deeper
import Foundation

/// What a handler gives back to the server's framework.
struct Reply: Sendable {
    var status: Int
    var body: String
}

/// Made once at start and shared by all requests.
final class PictureClassifier: Sendable {
    private let engine: Engine
    private let preprocessing: Preprocessing

    init(modelPath: String, threads: Int) throws {
        let model = try Model(contentsOf: URL(fileURLWithPath: modelPath))
        let options = EngineOptions(threads: threads, queueLimit: 64, setsBLASThreads: true)
        self.engine = try Engine(model, options: options)
        // As the model's file says, else as Caffe's networks take pictures.
        self.preprocessing = model.preprocessing ?? .caffe
        for line in engine.advice { print("note: \(line)") }
        // The first run prepares weights and memory; better now than in the first request.
        _ = try engine.runBlocking(try model.seededInputs())
    }

    /// Answers a request whose body is a picture file.
    func reply(to body: [UInt8]) async -> Reply {
        do {
            let predictions = try await engine.classify(encoded: body, preprocessing: preprocessing, top: 5)
            let lines = predictions.map { "\($0.score) \($0.label ?? String($0.index))" }
            return Reply(status: 200, body: lines.joined(separator: "\n"))
        } catch let error as DeeperError {
            return Reply(status: PictureClassifier.status(of: error.code), body: error.description)
        } catch {
            // The task was cancelled: nobody waits for this reply any more.
            return Reply(status: 503, body: "cancelled")
        }
    }

    private static func status(of code: DeeperError.Code) -> Int {
        switch code {
        case .invalidInput, .limitExceeded: 400
        case .overloaded, .cancelled: 503
        case .invalidModel, .unsupported, .fileNotFound, .forked, .internalFault: 500
        }
    }
}

let arguments = ProcessInfo.processInfo.arguments
guard arguments.count == 3 else {
    print("usage: ClassifyInServer MODEL.onnx PICTURE")
    exit(64)
}
let classifier = try PictureClassifier(modelPath: arguments[1], threads: 2)
let picture = try Data(contentsOf: URL(fileURLWithPath: arguments[2]))
let reply = await classifier.reply(to: [UInt8](picture))
print(reply.status)
print(reply.body)
