import DeeperKernels
import DeeperTensors

/// The common part of ArgMax and ArgMin: the position of an extremum along an axis, int64.
protocol ArgOperator: Operator {
    static var selectsSmallest: Bool { get }
    var form: ArgForm { get }
    init(form: ArgForm)
}

struct ArgForm: Sendable {
    let axis: Int
    let keepsDimensions: Bool
    let selectsLast: Bool
}

extension ArgOperator {
    init(_ attributes: inout AttributeReader) throws {
        self.init(
            form: ArgForm(
                axis: try attributes.int("axis", default: 0),
                keepsDimensions: try attributes.flag("keepdims", default: true),
                selectsLast: try attributes.flag("select_last_index")))
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, among: ElementType.numbers)
        let at = try resolveAxis(form.axis, rank: shape.rank)
        guard shape[at] > 0 else { throw DeeperError(.invalidModel, "\(Self.name) over an empty axis of \(shape)") }
        var dimensions = shape.dimensions
        if form.keepsDimensions { dimensions[at] = 1 } else { dimensions.remove(at: at) }
        return [TensorType(.int64, DeeperTensors.Shape(dimensions))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: max(0, (inputs[0]?.shape.elementCount ?? 0) - outputs[0].shape.elementCount))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let span = AxisSpan(input.shape, axis: try resolveAxis(form.axis, rank: input.shape.rank))
        let kernel: any Kernel =
            switch input.elementType {
            case .float32: kernel(Float.self, span)
            case .float64: kernel(Double.self, span)
            case .int8: kernel(Int8.self, span)
            case .uint8, .bool: kernel(UInt8.self, span)
            case .int16: kernel(Int16.self, span)
            case .uint16: kernel(UInt16.self, span)
            case .int32: kernel(Int32.self, span)
            case .uint32: kernel(UInt32.self, span)
            case .int64: kernel(Int64.self, span)
            case .uint64: kernel(UInt64.self, span)
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0])
    }

    private func kernel<Element: NumericElement & Comparable>(_ type: Element.Type, _ span: AxisSpan) -> any Kernel {
        ArgMaxKernel<Element>(
            outer: span.outer, length: span.length, inner: span.inner, selectsSmallest: Self.selectsSmallest,
            selectsLast: form.selectsLast)
    }
}
