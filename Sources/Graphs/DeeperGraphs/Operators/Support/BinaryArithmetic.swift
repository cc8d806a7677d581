public import DeeperKernels
public import DeeperTensors

/// How a node of opset 6 aligns its second operand: broadcasting needs broadcast = 1, and may start at a given axis.
public struct LegacyBroadcast: Sendable {
    private let isOld: Bool
    private let isOn: Bool
    private let axis: Int?

    init(_ attributes: inout AttributeReader) throws {
        isOld = attributes.opset < 7
        isOn = isOld ? try attributes.flag("broadcast") : true
        // Broadcasting is the rule since opset 7; exporters still write the attribute.
        if !isOld { attributes.ignore("broadcast") }
        axis = isOld ? try attributes.int("axis") : nil
        if isOld { attributes.ignore("consumed_inputs") }
    }

    /// NumPy's rules, as since opset 7.
    public init() { (isOld, isOn, axis) = (false, true, nil) }

    /// Whether the operands are aligned by NumPy's rules.
    var alignsLastAxes: Bool { axis == nil }

    /// The shape that makes NumPy's rules align the second operand correctly.
    func aligned(_ second: Shape, to first: Shape) throws -> Shape {
        guard isOld else { return second }
        if !isOn, first != second {
            throw DeeperError(.invalidModel, "shapes \(first) and \(second) differ and broadcast is 0")
        }
        guard let axis else { return second }
        let start = try resolveAxis(axis, rank: first.rank)
        let trailing = first.rank - start - second.rank
        guard trailing >= 0 else {
            throw DeeperError(.invalidModel, "shape \(second) does not fit \(first) from axis \(axis) on")
        }
        return Shape(second.dimensions + Array(repeating: 1, count: trailing))
    }

    /// The shape of A and B broadcast.
    func shape(_ inputs: NodeInputs) throws -> Shape {
        let a = try inputs.shape(0)
        return try broadcastShape([a, try aligned(inputs.shape(1), to: a)])
    }

    /// Operands that are aligned from an axis on are row-major, because only then B's elements keep their order when
    /// ones are appended to its shape.
    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        alignsLastAxes
            ? .following(inputs, outputs: outputs, slices: true)
            : .rowMajor(inputs: inputs.count, outputs: outputs.count)
    }

    /// The loops over A, B and the output.
    func nest(_ request: LoweringRequest) throws -> LoopNest {
        let a = try request.input(0)
        var b = try request.input(1)
        let shape = try aligned(b.shape, to: a.shape)
        if shape != b.shape { b = TensorDescriptor(TensorType(b.elementType, shape)) }
        return try LoopNest.broadcasting([a, b], to: request.output)
    }
}

/// Y = f(A, B) elementwise with broadcasting, where the result has the operands' type.
public protocol BinaryArithmetic: BroadcastingOperator, ActivatingOperator {
    init(legacy: LegacyBroadcast)
    /// The same on float32, vectorised.
    static var combination: Combination { get }
    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element
    /// Whether an integer zero in B has no result.
    static var divides: Bool { get }
}

extension BinaryArithmetic {
    public static var divides: Bool { false }
    public static var isAlwaysFloat32: Bool { false }
    public var summary: String { ending.summary }
    /// Since opset 7, there are no attributes.
    public var attributes: [String: AttributeValue]? { legacy.alignsLastAxes ? [:] : nil }

    public init(_ attributes: inout AttributeReader) throws { self.init(legacy: try LegacyBroadcast(&attributes)) }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(try numericType(inputs), try legacy.shape(inputs))]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let count = outputs[0].shape.elementCount
        return OperationCount(
            activation: saturatingProduct(count, ending.operationsPerElement), elementwise: count)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        let kernel: any Kernel =
            request.output.elementType == .float32
            ? CombineKernel(Self.combination, nest: nest, ending: ending, options: request.options)
            : try Self.kernel(request.output.elementType, nest)
        return .kernel(kernel, inputs: [0, 1])
    }

    private static func kernel(_ type: ElementType, _ nest: LoopNest) throws -> any Kernel {
        switch type {
        case .float64: zip(Double.self, nest)
        case .int8: zip(Int8.self, nest)
        case .uint8: zip(UInt8.self, nest)
        case .int16: zip(Int16.self, nest)
        case .uint16: zip(UInt16.self, nest)
        case .int32: zip(Int32.self, nest)
        case .uint32: zip(UInt32.self, nest)
        case .int64: zip(Int64.self, nest)
        case .uint64: zip(UInt64.self, nest)
        case .bool: throw DeeperError(.unsupported, "arithmetic on bool")
        case .float32, .float16, .bfloat16: throw halfIsNotComputed
        }
    }

    @inline(__always)
    private static func zip<Element: Arithmetic>(_ type: Element.Type, _ nest: LoopNest) -> any Kernel {
        ZipKernel(nest: nest, forbidden: divides ? Element.forbiddenDivisor : nil) { (a: Element, b: Element) in
            apply(a, b)
        }
    }
}
