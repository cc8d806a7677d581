internal import DeeperKernels
public import DeeperTensors

/// ONNX Transpose: X with its axes in another order, reversed by default.
public struct Transpose: Operator {
    public static let name = "Transpose"
    /// The axis of X at each axis of the result; nil reverses them.
    public let permutation: [Int]?

    public init(permutation: [Int]) { self.permutation = permutation }
    public init(_ attributes: inout AttributeReader) throws { permutation = try attributes.ints("perm") }
    public var attributes: [String: AttributeValue]? { permutation.map { ["perm": .ints($0)] } ?? [:] }

    private func axes(rank: Int) throws -> [Int] {
        guard let permutation else { return Array((0..<rank).reversed()) }
        guard permutation.sorted() == Array(0..<rank) else {
            throw DeeperError(.invalidModel, "perm \(permutation) is not an order of \(rank) axes")
        }
        return permutation
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let axes = try axes(rank: type.shape.rank)
        return [TensorType(type.elementType, DeeperTensors.Shape(axes.map { type.shape[$0] }))]
    }

    /// Moves the channels to the end, or to the front. Networks made for NHWC do this around every layer.
    private enum Move { case channelsLast, channelsFirst }

    /// The move of channels that leaves all bytes in place, given the input's layout; nil if the transposition has to
    /// copy.
    private func move(_ input: TensorDescriptor?) -> Move? {
        guard let input, input.shape.rank > 2, let axes = try? axes(rank: input.shape.rank) else { return nil }
        let rank = axes.count
        let last = Layout.channelsLast
        if input.layout == last, axes == last.physicalAxes(rank: rank) { return .channelsLast }
        return input.layout == .rowMajor && axes == last.physicalPlaces(rank: rank) ? .channelsFirst : nil
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        let input = inputs[0]?.layout ?? .rowMajor
        let move = move(inputs[0])
        return LayoutChoice(
            inputs: [input], outputs: [move == .channelsFirst ? .channelsLast : .rowMajor], readsSlices: move == nil)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        if move(input) != nil { return .alias(input: 0) }
        let strides = input.strides
        let region = CopyRegion(
            extents: request.output.shape.dimensions,
            sourceStrides: try axes(rank: input.shape.rank).map { strides[$0] }, targetStrides: request.output.strides)
        return .kernel(
            try StridedCopyKernel("transpose", elementType: input.elementType, regions: [region]), inputs: [0])
    }
}
