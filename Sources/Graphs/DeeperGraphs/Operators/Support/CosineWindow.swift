import DeeperTensors

internal import Glibc

/// A window function of n points: y[i] = sum of a[k] cos(2 pi k i / m), with m = n for a periodic window and n - 1 for
/// a symmetric one. n must be known when a plan is prepared.
protocol CosineWindow: Operator {
    /// The weights a of the cosines.
    static var weights: [Double] { get }
    var form: WindowForm { get }
    init(form: WindowForm)
}

struct WindowForm: Sendable {
    let isPeriodic: Bool
    let type: ElementType
}

extension CosineWindow {
    static var firstOpset: Int { 17 }
    var valueInputs: [Int] { [0] }

    init(_ attributes: inout AttributeReader) throws {
        let type = try attributes.int("output_datatype").map(ElementType.init(onnx:)) ?? .float32
        guard type != .bool, !type.isHalf else { throw DeeperError(.unsupported, "\(Self.name) of \(type)") }
        self.init(form: WindowForm(isPeriodic: try attributes.flag("periodic", default: true), type: type))
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, .int32, .int64)
        guard shape.elementCount == 1 else {
            throw DeeperError(.invalidModel, "the size has shape \(shape), expected a scalar")
        }
        return [TensorType(form.type, try DeeperTensors.Shape(validating: inputs.integers(0)))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        let step = 2 * Double.pi / Double(max(1, form.isPeriodic ? count : count - 1))
        let values = (0..<count).map { point in
            Self.weights.enumerated().reduce(0) { $0 + $1.element * cos(step * Double($1.offset * point)) }
        }
        return .constants([try Tensor(values, shape: [count]).converted(to: form.type)])
    }
}
