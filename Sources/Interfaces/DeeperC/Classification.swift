// Names are those of deeper.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CDeeper
internal import Deeper
internal import DeeperImaging
internal import DeeperTensors

@c @implementation
public func deeper_engine_classify(
    _ engine: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ byte_count: Int, _ preprocessing: UnsafePointer<CChar>?,
    _ predictions: UnsafeMutablePointer<deeper_prediction>?, _ count: UnsafeMutablePointer<Int>?
) -> deeper_status {
    reporting { try classify(engine, bytes, byte_count, preprocessing, nil, predictions, count) }
}

@c @implementation
public func deeper_engine_classify_oriented(
    _ engine: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ byte_count: Int, _ preprocessing: UnsafePointer<CChar>?,
    _ orientation: UnsafePointer<CChar>?, _ predictions: UnsafeMutablePointer<deeper_prediction>?,
    _ count: UnsafeMutablePointer<Int>?
) -> deeper_status {
    reporting { try classify(engine, bytes, byte_count, preprocessing, orientation, predictions, count) }
}

private func classify(
    _ engine: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ byteCount: Int, _ preprocessing: UnsafePointer<CChar>?,
    _ orientation: UnsafePointer<CChar>?, _ predictions: UnsafeMutablePointer<deeper_prediction>?,
    _ count: UnsafeMutablePointer<Int>?
) throws {
    let count = try given(count, "count"), room = count.pointee
    count.pointee = 0
    let engine = try given(EngineHandle.of(engine), "engine").engine
    let preset = try preprocessing.map { try Preprocessing.preset(named: String(cString: $0)) }
    let fitted = engine.model.pictureExtent.flatMap { preset?.fitted(to: $0) } ?? preset
    let orientation: Picture.Orientation = try choice(orientation, "orientation") ?? .upright
    guard room >= 0, byteCount >= 0 else {
        throw DeeperError(.invalidInput, "count or byte_count is beyond what can be addressed")
    }
    let bytes = UnsafeRawBufferPointer(start: try given(bytes, "bytes"), count: byteCount)
    let target = UnsafeMutableBufferPointer(start: try given(predictions, "predictions"), count: room)
    let picture = try Picture(decoding: bytes, orientation: orientation)
    let answers = try engine.classifyBlocking(batch: [picture], preprocessing: fitted, top: room)[0]
    for (index, answer) in answers.enumerated() {
        target[index] = deeper_prediction(index: Int64(answer.index), score: answer.score)
    }
    count.pointee = answers.count
}
