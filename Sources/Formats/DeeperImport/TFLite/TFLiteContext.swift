import DeeperGraphs
import DeeperTensors

/// One operator while it is converted.
struct TFLiteContext {
    let operation: TFLiteOperation
    /// The name of the first output, which the operator's nodes take.
    let name: String

    init(_ operation: TFLiteOperation, _ name: String) { (self.operation, self.name) = (operation, name) }

    /// - Throws: `invalidModel` if the operator does not have this input.
    func input(_ index: Int) throws -> Int {
        guard let input = optionalInput(index) else { throw DeeperError(.invalidModel, "input \(index) is missing") }
        return input
    }

    func optionalInput(_ index: Int) -> Int? {
        index < operation.inputs.count ? operation.inputs[index] : nil
    }

    var inputs: [Int] { operation.inputs.compactMap { $0 } }
    var output: Int { operation.outputs[0] }

    func int(_ field: Int, default value: Int = 0) throws -> Int {
        try operation.options?.int(field, default: value) ?? value
    }

    func byte(_ field: Int) throws -> Int { try operation.options?.byte(field) ?? 0 }
    func flag(_ field: Int) throws -> Bool { try operation.options?.flag(field) ?? false }
    func float(_ field: Int) throws -> Float { try operation.options?.float(field) ?? 0 }
}

/// Adds the nodes of an operator.
typealias TFLiteConversion = @Sendable (inout TFLiteGraphBuilder, TFLiteContext) throws -> Void
