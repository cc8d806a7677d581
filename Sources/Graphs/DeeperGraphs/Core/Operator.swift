public import DeeperKernels
public import DeeperTensors

/// The operation of a node: its attributes, which are read once, and the rules for shapes, operation counts, layouts
/// and kernels that follow from them.
///
/// Each ONNX operator has a type that conforms to this protocol, in a file of its own, and an entry in
/// ``OperatorCatalog``. The default implementations suit an operator that costs no operations, reads and writes
/// row-major values, and exists in every opset.
public protocol Operator: Sendable {
    /// The ONNX name.
    static var name: String { get }
    /// How many inputs a node may have, optional ones included.
    static var inputCount: ClosedRange<Int> { get }
    /// How many outputs a node may have.
    static var outputCount: ClosedRange<Int> { get }
    /// The first opset that has the operator.
    static var firstOpset: Int { get }
    /// The last opset that has it.
    static var lastOpset: Int { get }

    /// Reads the attributes in the form of the reader's opset.
    init(_ attributes: inout AttributeReader) throws

    /// The indices of the inputs whose values, not only types, must be known when a plan is prepared: shapes, axes,
    /// weights.
    var valueInputs: [Int] { get }

    /// The indices of the inputs of which only the type matters, not the values.
    var typeInputs: [Int] { get }

    /// The indices of the inputs whose values affect the outputs' types and nothing else, such as shapes.
    var shapeInputs: [Int] { get }

    /// The indices of the inputs that count as a network's parameters if they are constants; scales and zero points do
    /// not. Nil: all inputs of a floating-point or 8-bit type.
    var parameterInputs: [Int]? { get }

    /// The types of the outputs (ONNX's shape inference).
    func infer(_ inputs: NodeInputs) throws -> [TensorType]

    /// The operations that one run of the node computes.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount

    /// The layouts that the operator prefers for its operands, given the inputs as they are stored.
    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice

    /// Whether each entry along axis 0 of the outputs depends only on the same entry of the computed inputs, so that a
    /// batch may be computed in portions. This is only called if the computed inputs have the outputs' extent along
    /// axis 0, also for batches of other lengths. An input whose value is known when the plan is made is not a computed
    /// input.
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool

    /// Turns the node into a kernel, or into nothing where only the shape or layout of a value changes.
    func lower(_ request: LoweringRequest) throws -> Lowering

    /// The attributes to show in a dump, as text.
    var summary: String { get }

    /// The ONNX attributes that describe the operator, in a form that has not changed since opset 11; nil for an
    /// operator that attributes cannot describe.
    var attributes: [String: AttributeValue]? { get }
}

extension Operator {
    public static var inputCount: ClosedRange<Int> { 1...1 }
    public static var outputCount: ClosedRange<Int> { 1...1 }
    public static var firstOpset: Int { 1 }
    public static var lastOpset: Int { .max }
    public var valueInputs: [Int] { [] }
    public var typeInputs: [Int] { [] }
    public var shapeInputs: [Int] { [] }
    public var parameterInputs: [Int]? { nil }
    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount { OperationCount() }
    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .rowMajor(inputs: inputs.count, outputs: outputs.count)
    }
    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { false }
    public var summary: String { "" }
    public var attributes: [String: AttributeValue]? { nil }
}

/// The layouts that an operator wants for its operands, and whether it can handle slices.
public struct LayoutChoice: Sendable {
    public var inputs: [Layout]
    public var outputs: [Layout]
    /// Whether inputs may be channel slices of a wider value.
    public var readsSlices: Bool
    /// Whether outputs may be channel slices of a wider value.
    public var writesSlices: Bool

    public init(inputs: [Layout], outputs: [Layout], readsSlices: Bool = false, writesSlices: Bool = false) {
        self.inputs = inputs
        self.outputs = outputs
        self.readsSlices = readsSlices
        self.writesSlices = writesSlices
    }

    public static func rowMajor(inputs: Int, outputs: Int) -> LayoutChoice {
        LayoutChoice(
            inputs: Array(repeating: .rowMajor, count: inputs), outputs: Array(repeating: .rowMajor, count: outputs))
    }

    /// The choice of image operators: input 0 and all outputs are channels-last and may be slices; the other operands
    /// are row-major.
    public static func image(inputs: Int, outputs: Int) -> LayoutChoice {
        LayoutChoice(
            inputs: [.channelsLast] + Array(repeating: .rowMajor, count: max(0, inputs - 1)),
            outputs: Array(repeating: .channelsLast, count: outputs), readsSlices: true, writesSlices: true)
    }

    /// The choice of operators that can handle any strides: inputs stay as they are; outputs are channels-last if an
    /// input of their rank is.
    public static func following(_ inputs: [TensorDescriptor?], outputs: [TensorType], slices: Bool) -> LayoutChoice {
        LayoutChoice(
            inputs: inputs.map { $0?.layout ?? .rowMajor },
            outputs: outputs.map { output in
                inputs.contains { $0?.layout == .channelsLast && $0?.shape.rank == output.shape.rank }
                    ? .channelsLast : .rowMajor
            },
            readsSlices: slices, writesSlices: slices)
    }
}

extension LayoutChoice {
    /// The same for some of the inputs, which may be slices. The other inputs, which are read when a plan is made or
    /// are single numbers, are row-major.
    static func following(
        _ operands: [Int], of inputs: [TensorDescriptor?], outputs: [TensorType]
    ) -> LayoutChoice {
        var choice = following(operands.map { inputs[$0] }, outputs: outputs, slices: true)
        let own = choice.inputs
        choice.inputs = Array(repeating: .rowMajor, count: inputs.count)
        for (operand, layout) in zip(operands, own) { choice.inputs[operand] = layout }
        return choice
    }
}

/// The information for ``Operator/lower(_:)``: the node's operands as the plan has placed them, and the options.
public struct LoweringRequest: Sendable {
    /// The placement of an input and, where it is known when the plan is prepared, its value (row-major).
    public struct Input: Sendable {
        public var descriptor: TensorDescriptor
        public var value: Tensor?

        public init(descriptor: TensorDescriptor, value: Tensor?) {
            self.descriptor = descriptor
            self.value = value
        }
    }

    public let inputs: [Input?]
    public let outputs: [TensorDescriptor]
    /// Which outputs are used.
    public let usedOutputs: [Bool]
    public let options: KernelOptions

    public init(inputs: [Input?], outputs: [TensorDescriptor], usedOutputs: [Bool], options: KernelOptions) {
        self.inputs = inputs
        self.outputs = outputs
        self.usedOutputs = usedOutputs
        self.options = options
    }

    /// The placement of a required input.
    public func input(_ index: Int) throws -> TensorDescriptor {
        guard index < inputs.count, let input = inputs[index] else {
            throw DeeperError(.invalidModel, "input \(index) is missing")
        }
        return input.descriptor
    }

    public func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The value of an input; nil where it is not known.
    public func value(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index]?.value : nil }

    /// The value of an input that ``Operator/valueInputs`` lists.
    public func knownValue(_ index: Int) throws -> Tensor {
        guard let value = value(index) else {
            throw DeeperError(
                .unsupported, "input \(index) is computed while running; it must be a constant or an input of the model"
            )
        }
        return value
    }

    /// The values of an optional input as floats, or nil where there is none.
    public func knownFloats(_ index: Int) throws -> [Float]? {
        hasInput(index) ? try knownValue(index).elements(as: Float.self) : nil
    }

    public var output: TensorDescriptor { outputs[0] }
}

/// The result of lowering a node.
public enum Lowering: Sendable {
    /// A kernel that reads the listed inputs, in this order, and writes all outputs.
    case kernel(any Kernel, inputs: [Int])
    /// Nothing to compute: output 0 has the same bytes as input `input`, with another shape or layout. Both are in the
    /// chosen layouts.
    case alias(input: Int)
    /// Nothing to compute: every output is a range of channels of the given input, which is channels-last; `from` lists
    /// the first channel of each.
    case channels(of: Int, from: [Int])
    /// Nothing to compute: the outputs are known.
    case constants([Tensor])
}
