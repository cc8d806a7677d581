import DeeperKernels
import DeeperTensors

/// How the Scatter operators combine an element with an update.
enum ScatterReduction: String, CaseIterable {
    case replacement = "none"
    case sum = "add"
    case product = "mul"
    case minimum = "min"
    case maximum = "max"

    /// Reads the attribute reduction, which was added in opset 16.
    init(_ attributes: inout AttributeReader) throws {
        self = attributes.opset < 16 ? .replacement : try attributes.choice("reduction", default: .replacement)
    }

    /// - Throws: `unsupported` for arithmetic on 16-bit floats.
    func combination(_ type: ElementType) throws -> ElementCombination {
        if self == .replacement { return .replacement(type) }
        return switch type {
        case .float32: arithmetic(Float.self)
        case .float64: arithmetic(Double.self)
        case .int8: arithmetic(Int8.self)
        case .uint8: arithmetic(UInt8.self)
        case .int16: arithmetic(Int16.self)
        case .uint16: arithmetic(UInt16.self)
        case .int32: arithmetic(Int32.self)
        case .uint32: arithmetic(UInt32.self)
        case .int64: arithmetic(Int64.self)
        case .uint64: arithmetic(UInt64.self)
        // The sum of Booleans is true if one of them is true, as is their maximum.
        case .bool where self == .sum || self == .maximum: ElementCombination { (a: UInt8, b: UInt8) in a | b }
        case .bool: ElementCombination { (a: UInt8, b: UInt8) in a & b }
        case .float16, .bfloat16: throw halfIsNotComputed
        }
    }

    private func arithmetic<Element: Arithmetic>(_: Element.Type) -> ElementCombination {
        switch self {
        case .replacement: ElementCombination { (_: Element, b: Element) in b }
        case .sum: ElementCombination { (a: Element, b: Element) in Element.sum(a, b) }
        case .product: ElementCombination { (a: Element, b: Element) in Element.product(a, b) }
        case .minimum: ElementCombination { (a: Element, b: Element) in Element.smaller(a, b) }
        case .maximum: ElementCombination { (a: Element, b: Element) in Element.larger(a, b) }
        }
    }

    /// One operation per update, unless the update just replaces the element.
    func operations(_ inputs: [TensorType?]) -> OperationCount {
        guard self != .replacement, inputs.count > 2, let updates = inputs[2]?.shape else { return OperationCount() }
        return OperationCount(elementwise: updates.elementCount)
    }
}
