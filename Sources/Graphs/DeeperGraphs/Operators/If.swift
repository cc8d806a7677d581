public import DeeperTensors

/// ONNX If, with one node for each of its outputs: Y is the result of the branch that a condition selects.
///
/// Inputs: the condition, one bool; the value of Y if it is true; the value of Y if it is false. The nodes of both
/// branches are in the graph like all others, and ``Branches`` tells which of them only one branch needs. The condition
/// must be known when a plan is prepared; the plan then has no steps for the other branch. The two values of Y may
/// differ in shape.
public struct If: Operator {
    public static let name = "If"
    public static let inputCount = 3...3

    /// Makes an If whose condition and branches are the node's inputs.
    public init() {}

    public init(_ attributes: inout AttributeReader) throws {}

    public var valueInputs: [Int] { [0] }
    public var attributes: [String: AttributeValue]? { [:] }

    /// The index of the input that a condition selects.
    ///
    /// - Throws: `invalidModel` if the condition is not one bool.
    static func input(chosenBy condition: Tensor) throws -> Int {
        try check(TensorType(condition.elementType, condition.shape))
        return try condition.elements(as: Bool.self)[0] ? 1 : 2
    }

    private static func check(_ condition: TensorType) throws {
        guard condition.elementType == .bool, condition.shape.elementCount == 1 else {
            throw DeeperError(.invalidModel, "the condition is \(condition), expected one bool")
        }
    }

    /// Both branches must give the same type as long as the condition is not known.
    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        try If.check(inputs.type(0))
        if let condition = inputs.value(0) { return [try inputs.type(If.input(chosenBy: condition))] }
        let (first, second) = (try inputs.type(1), try inputs.type(2))
        guard first == second else {
            throw DeeperError(
                .unsupported,
                "the branches give \(first) and \(second), and which of them is taken depends on values that are "
                    + "not known yet")
        }
        return [first]
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        .alias(input: try If.input(chosenBy: request.knownValue(0)))
    }
}

extension Node {
    /// The node itself or, for an If with a known condition, an Identity of the result of the branch that is taken.
    ///
    /// - Throws: `invalidModel` if the condition is not one bool.
    func taking(_ values: [ValueID: Tensor]) throws -> Node {
        guard operation is If, let condition = inputs[0].flatMap({ values[$0] }) else { return self }
        var node = self
        node.inputs = [inputs[try If.input(chosenBy: condition)]]
        node.operation = Identity()
        return node
    }
}

extension Graph {
    /// The graph in which every If with a known condition is replaced by an Identity of the result of the branch that
    /// is taken.
    ///
    /// - Throws: `invalidModel`, with the node's name, if a condition is not one bool.
    public func takingBranches(_ types: InferredTypes) throws -> Graph {
        var result = self
        for index in nodes.indices where nodes[index].operation is If {
            result.nodes[index] = try locating(nodes[index].label) { try nodes[index].taking(types.values) }
        }
        return result
    }
}
