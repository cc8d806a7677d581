public import DeeperKernels
public import DeeperTensors

/// What a node computes: its attributes, read once, and the rules that follow from them.
///
/// One type an ONNX operator, one file each, one line in ``OperatorCatalog``. The defaults fit an operator that costs
/// nothing, reads and writes row-major values, and takes any opset.
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

    /// Reads the attributes in the form that the reader's opset gives them.
    init(_ attributes: inout AttributeReader) throws

    /// The inputs whose values, not only shapes, must be known when a plan is prepared: shapes, axes, weights.
    var valueInputs: [Int] { get }

    /// The inputs of which only the type matters, whatever their values are.
    var typeInputs: [Int] { get }

    /// The inputs whose values show in the outputs' types and nowhere else: shapes.
    var shapeInputs: [Int] { get }

    /// The inputs that are parameters of a network where they are constants, not scales and zero points; nil: whatever is of
    /// floating point or of 8 bits.
    var parameterInputs: [Int]? { get }

    /// The types of the outputs (ONNX's shape inference).
    func infer(_ inputs: NodeInputs) throws -> [TensorType]

    /// What one run computes.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount

    /// The layouts that the operator wants for its operands, given those it would get.
    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice

    /// Whether each entry along axis 0 of the outputs follows from the same entry of the computed inputs alone, so that a
    /// batch may be computed in portions. Asked where all of them are as long along axis 0 as the outputs, and would be
    /// in a batch of another length; what is known when a plan is made is no computed input.
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool

    /// Turns the node into a kernel, or into nothing where only the view changes.
    func lower(_ request: LoweringRequest) throws -> Lowering

    /// Attributes worth showing in a dump, as text.
    var summary: String { get }

    /// ONNX's attributes that say the same as the operator, in a form that no opset from 11 on has changed; nil for an
    /// operator that cannot be made without attributes.
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

/// How a node's operands should lie.
public struct LayoutChoice: Sendable {
    public var inputs: [Layout]
    public var outputs: [Layout]
    /// Whether inputs may be slices of channels of a wider value.
    public var readsSlices: Bool
    /// Whether outputs may be.
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

    /// Image operators: input 0 and all outputs channels-last, slices welcome; the rest row-major.
    public static func image(inputs: Int, outputs: Int) -> LayoutChoice {
        LayoutChoice(
            inputs: [.channelsLast] + Array(repeating: .rowMajor, count: max(0, inputs - 1)),
            outputs: Array(repeating: .channelsLast, count: outputs), readsSlices: true, writesSlices: true)
    }

    /// Operators that walk any strides: inputs stay as they are, outputs are channels-last where an input of their
    /// rank is.
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
    /// The same for some of the inputs, slices welcome; the others, which are read when a plan is made or are single
    /// numbers, are row-major.
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

/// What a node is lowered from: its operands as the plan has placed them.
public struct LoweringRequest: Sendable {
    /// An input and, where it is known at prepare time, its value (row-major).
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
    /// Which outputs somebody uses.
    public let usedOutputs: [Bool]
    public let options: KernelOptions

    public init(inputs: [Input?], outputs: [TensorDescriptor], usedOutputs: [Bool], options: KernelOptions) {
        self.inputs = inputs
        self.outputs = outputs
        self.usedOutputs = usedOutputs
        self.options = options
    }

    /// The placement of an input that the operator cannot do without.
    public func input(_ index: Int) throws -> TensorDescriptor {
        guard index < inputs.count, let input = inputs[index] else {
            throw DeeperError(.invalidModel, "input \(index) is missing")
        }
        return input.descriptor
    }

    public func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The value of an input, where it is known.
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

/// What a node becomes.
public enum Lowering: Sendable {
    /// A kernel that reads the listed inputs, in this order, and writes all outputs.
    case kernel(any Kernel, inputs: [Int])
    /// Nothing to compute: output 0 is input `input`, the same bytes under another shape and in another layout, both as chosen.
    case alias(input: Int)
    /// Nothing to compute: every output is a range of the channels of input `input`, which lies channels-last, from the listed
    /// channel on.
    case channels(of: Int, from: [Int])
    /// Nothing to compute: the outputs are known.
    case constants([Tensor])
}
