// Names are those of deeper.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CDeeper
internal import DeeperTensors
internal import Glibc

/// Computed tensors, with what C reads of them.
final class OutputsHandle: Handle {
    private struct Output {
        let tensor: Tensor
        let name: UnsafeMutablePointer<CChar>?
        let dimensions: UnsafeMutableBufferPointer<Int64>
    }

    private let outputs: [Output]

    init(_ tensors: [(name: String, tensor: Tensor)]) {
        outputs = tensors.map { name, tensor in
            let dimensions = UnsafeMutableBufferPointer<Int64>.allocate(capacity: tensor.shape.rank)
            _ = dimensions.initialize(from: tensor.shape.dimensions.map(Int64.init))
            return Output(tensor: tensor, name: strdup(name), dimensions: dimensions)
        }
    }

    deinit {
        for output in outputs {
            free(output.name)
            output.dimensions.deallocate()
        }
    }

    var count: Int { outputs.count }

    /// Its pointers live as long as this object, which keeps the tensors unchanged.
    func tensor(_ index: Int) throws -> deeper_tensor {
        guard outputs.indices.contains(index) else {
            throw DeeperError(.invalidInput, "there are \(count) outputs, number \(index) was asked for")
        }
        let output = outputs[index], tensor = output.tensor
        return deeper_tensor(
            struct_size: MemoryLayout<deeper_tensor>.size, name: output.name,
            element_type: Int32(deeper_element_type(tensor.elementType).rawValue), rank: Int32(tensor.shape.rank),
            dimensions: tensor.shape.rank == 0 ? nil : UnsafePointer(output.dimensions.baseAddress),
            data: try tensor.withUnsafeBytes { $0.baseAddress }, byte_count: tensor.byteCount)
    }
}

@c @implementation
public func deeper_outputs_count(_ outputs: OpaquePointer?) -> Int { OutputsHandle.of(outputs)?.count ?? 0 }

@c @implementation
public func deeper_outputs_get(
    _ outputs: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<deeper_tensor>?
) -> deeper_status {
    reporting {
        let outputs = try given(OutputsHandle.of(outputs), "outputs")
        try Versioned.write(
            outputs.tensor(index), to: given(tensor, "tensor"), least: Versioned.tensorLeast, "tensor")
    }
}

@c @implementation
public func deeper_outputs_release(_ outputs: OpaquePointer?) { OutputsHandle.release(outputs) }
