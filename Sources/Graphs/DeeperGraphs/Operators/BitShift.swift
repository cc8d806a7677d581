import DeeperKernels
import DeeperTensors

/// ONNX BitShift: the bits of A moved by B places, elementwise with broadcasting, on every integer type. A shift to the
/// right keeps the sign. A shift by a negative number, or by at least the number of bits, leaves only the sign.
struct BitShift: BroadcastingOperator {
    static let name = "BitShift"
    static let firstOpset = 11
    let legacy = LegacyBroadcast()
    private let direction: Direction

    private enum Direction: String, CaseIterable {
        case left = "LEFT"
        case right = "RIGHT"
    }

    init(_ attributes: inout AttributeReader) throws {
        guard let direction: Direction = try attributes.choice("direction") else {
            throw DeeperError(.invalidModel, "attribute direction is required")
        }
        self.direction = direction
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(try integerType(inputs), try legacy.shape(inputs))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        let kernel: any Kernel =
            switch request.output.elementType {
            case .int8: kernel(Int8.self, nest)
            case .uint8: kernel(UInt8.self, nest)
            case .int16: kernel(Int16.self, nest)
            case .uint16: kernel(UInt16.self, nest)
            case .int32: kernel(Int32.self, nest)
            case .uint32: kernel(UInt32.self, nest)
            case .uint64: kernel(UInt64.self, nest)
            default: kernel(Int64.self, nest)
            }
        return .kernel(kernel, inputs: [0, 1])
    }

    private func kernel<Element: FixedWidthInteger & TensorElement>(
        _ type: Element.Type, _ nest: LoopNest
    ) -> any Kernel {
        // Swift's shifts accept any number of places; by a negative number they shift in the opposite direction.
        switch direction {
        case .left: ZipKernel(nest: nest) { (a: Element, b: Element) -> Element in b < 0 ? 0 : a << b }
        case .right:
            ZipKernel(nest: nest) { (a: Element, b: Element) -> Element in
                b < 0 ? a >> Element.bitWidth : a >> b
            }
        }
    }
}
