// Names are those of deeper.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CDeeper
internal import Deeper
internal import DeeperBuiltinModel
internal import DeeperGraphs
internal import DeeperTensors
internal import FoundationEssentials
internal import Glibc

/// A model, with its ports as C reads them.
final class ModelHandle: Handle {
    let model: Model
    let inputs: [NamedPort]
    let outputs: [NamedPort]
    /// In memory whose addresses C may keep as long as the model.
    let labels: [UnsafeMutablePointer<CChar>?]
    let preprocessing: UnsafeMutablePointer<CChar>?

    init(_ model: Model) throws {
        self.model = model
        inputs = model.inputs.map { NamedPort($0.name, $0.type) }
        outputs = model.outputs.map { NamedPort($0.name, $0.type) }
        labels = (model.labels ?? []).map { strdup($0) }
        preprocessing = try model.preprocessing.flatMap { strdup(try $0.json()) }
    }

    deinit {
        for label in labels { free(label) }
        free(preprocessing)
    }
}

/// The name and dimensions of a port, in memory whose address C may keep as long as the model.
final class NamedPort {
    let port: deeper_port
    private let name: UnsafeMutablePointer<CChar>?
    private let dimensions: UnsafeMutableBufferPointer<Int64>

    init(_ text: String, _ type: DeclaredType?) {
        let extents: [Int64] = (type?.dimensions ?? []).map {
            if case .fixed(let extent) = $0 { Int64(extent) } else { -1 }
        }
        name = strdup(text)
        dimensions = .allocate(capacity: extents.count)
        _ = dimensions.initialize(from: extents)
        port = deeper_port(
            struct_size: MemoryLayout<deeper_port>.size, name: name,
            element_type: type.map { Int32(deeper_element_type($0.elementType).rawValue) } ?? 0,
            rank: type?.dimensions == nil ? -1 : Int32(extents.count),
            dimensions: extents.isEmpty ? nil : UnsafePointer(dimensions.baseAddress))
    }

    deinit {
        free(name)
        dimensions.deallocate()
    }
}

@c @implementation
public func deeper_model_load(
    _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    deeper_model_load_with_weights(path, nil, model)
}

@c @implementation
public func deeper_model_load_with_weights(
    _ path: UnsafePointer<CChar>?, _ weights: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    reporting {
        let model = try given(model, "model")
        model.pointee = nil
        guard let path = String(validatingCString: try given(path, "path")) else {
            throw DeeperError(.invalidInput, "path is not UTF-8")
        }
        let weights = try weights.map { weights in
            guard let weights = String(validatingCString: weights) else {
                throw DeeperError(.invalidInput, "weights is not UTF-8")
            }
            return URL(fileURLWithPath: weights)
        }
        model.pointee = try ModelHandle(Model(contentsOf: URL(fileURLWithPath: path), weights: weights)).passed()
    }
}

@c @implementation
public func deeper_model_load_bytes(
    _ bytes: UnsafeRawPointer?, _ byte_count: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    reporting {
        let model = try given(model, "model")
        model.pointee = nil
        guard byte_count >= 0 else {
            throw DeeperError(.invalidInput, "byte_count is beyond what can be addressed")
        }
        let bytes = UnsafeRawBufferPointer(start: try given(bytes, "bytes"), count: byte_count)
        model.pointee = try ModelHandle(Model(bytes: bytes, source: "model in memory")).passed()
    }
}

@c @implementation
public func deeper_model_load_builtin(
    _ precision: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    reporting {
        let model = try given(model, "model")
        model.pointee = nil
        let precision: BuiltinModel.Precision = try choice(precision, "precision") ?? .float32
        model.pointee = try ModelHandle(BuiltinModel.model(precision)).passed()
    }
}

@c @implementation
public func deeper_model_release(_ model: OpaquePointer?) { ModelHandle.release(model) }

@c @implementation
public func deeper_model_input_count(_ model: OpaquePointer?) -> Int { ModelHandle.of(model)?.inputs.count ?? 0 }

@c @implementation
public func deeper_model_output_count(_ model: OpaquePointer?) -> Int { ModelHandle.of(model)?.outputs.count ?? 0 }

@c @implementation
public func deeper_model_input(
    _ model: OpaquePointer?, _ index: Int, _ port: UnsafeMutablePointer<deeper_port>?
) -> deeper_status {
    reporting { try describe(given(ModelHandle.of(model), "model").inputs, index, port) }
}

@c @implementation
public func deeper_model_output(
    _ model: OpaquePointer?, _ index: Int, _ port: UnsafeMutablePointer<deeper_port>?
) -> deeper_status {
    reporting { try describe(given(ModelHandle.of(model), "model").outputs, index, port) }
}

private func describe(_ ports: [NamedPort], _ index: Int, _ port: UnsafeMutablePointer<deeper_port>?) throws {
    let port = try given(port, "port")
    guard ports.indices.contains(index) else {
        throw DeeperError(.invalidInput, "there are \(ports.count) of these, number \(index) was asked for")
    }
    try Versioned.write(ports[index].port, to: port, least: Versioned.portLeast, "port")
}
