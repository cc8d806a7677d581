// Names are those of deeper.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CDeeper
internal import Deeper
internal import DeeperCounting
internal import DeeperGraphs
internal import DeeperTensors
internal import FoundationEssentials
internal import Glibc

@c @implementation
public func deeper_model_summary(
    _ model: OpaquePointer?, _ text: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    reporting {
        let text = try given(text, "text")
        text.pointee = nil
        let model = try given(ModelHandle.of(model), "model").model
        text.pointee = TextHandle(try json(ModelSummary(model))).passed()
    }
}

@c @implementation
public func deeper_model_precision(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
    guard let handle = ModelHandle.of(model), let multipliesIntegers = try? handle.model.multipliesIntegers() else {
        return nil
    }
    return multipliesIntegers ? Precision.int8 : Precision.float32
}

/// In memory that is never freed, since C may keep its addresses.
private enum Precision {
    nonisolated(unsafe) static let int8 = UnsafePointer<CChar>(strdup("int8"))
    nonisolated(unsafe) static let float32 = UnsafePointer<CChar>(strdup("float32"))
}

@c @implementation
public func deeper_engine_profile(
    _ engine: OpaquePointer?, _ inputs: UnsafePointer<deeper_tensor>?, _ input_count: Int,
    _ text: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    reporting {
        let text = try given(text, "text")
        text.pointee = nil
        let engine = try given(EngineHandle.of(engine), "engine").engine
        let tensors = try InputTensors.read(inputs, input_count, for: engine)
        _ = try engine.runBlocking(tensors)
        text.pointee = TextHandle(try json(engine.profile(tensors).map(ProfiledStep.init))).passed()
    }
}

private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

private struct ModelSummary: Encodable {
    struct Layer: Encodable {
        let name: String
        let `operator`: String
        let shape: [Int]
        let parameters: Int
        let macs: Int
    }

    struct Total: Encodable {
        let parameters: Int
        let macs: Int
    }

    let source: String
    let layers: [Layer]
    let total: Total

    init(_ model: Model) throws {
        let report = try locating(model.source) {
            let graph = try model.countedGraph()
            let types = try graph.inputTypes()
            return OperationReport(
                model: model.source, inputs: [:], rows: try graph.operationRows(types), grouping: .layer)
        }
        source = model.source
        layers = report.entries.map {
            Layer(
                name: $0.name, operator: $0.operatorName, shape: $0.outputShape, parameters: $0.parameters,
                macs: $0.macs)
        }
        total = Total(parameters: report.total.parameters, macs: report.total.macs)
    }
}

private struct ProfiledStep: Encodable {
    let name: String
    let `operator`: String
    let lowering: String
    let macs: Int
    let nanoseconds: UInt64

    init(_ step: Engine.StepTime) {
        (name, self.operator, lowering) = (step.name, step.operatorName, step.lowering)
        (macs, nanoseconds) = (step.macCount, step.nanoseconds)
    }
}
