import DeeperTensors

/// ONNX NonMaxSuppression: the best boxes of each class, without those that overlap better ones too much, int64
/// [count, 3] (image, class, box).
///
/// Boxes are [N, boxes, 4], scores [N, classes, boxes]. The count is part of the output's shape, which cannot depend on
/// what a run computes; so boxes and scores must be known when a plan is prepared, unless no boxes are requested. A
/// padded list would be a different result.
struct NonMaxSuppression: Operator {
    static let name = "NonMaxSuppression"
    static let inputCount = 2...5
    static let firstOpset = 10
    private let isCentered: Bool

    init(_ attributes: inout AttributeReader) throws { isCentered = try attributes.flag("center_point_box") }

    var valueInputs: [Int] { [0, 1, 2, 3, 4] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let (boxes, scores) = (try inputs.shape(0, .float32), try inputs.shape(1, .float32))
        guard boxes.rank == 3, boxes[2] == 4, scores.rank == 3, scores[0] == boxes[0], scores[2] == boxes[1] else {
            throw DeeperError(
                .invalidModel,
                "boxes have shape \(boxes), scores \(scores); expected [N, boxes, 4] and [N, classes, boxes]")
        }
        if inputs.has(2) { _ = try inputs.shape(2, .int64) }
        for input in 3...4 where inputs.has(input) { _ = try inputs.shape(input, .float32) }
        let selected = try selected(has: { inputs.has($0) }, value: { try inputs.knownValue($0) })
        return [TensorType(.int64, [selected.count, 3])]
    }

    private func selected(has: (Int) -> Bool, value: (Int) throws -> Tensor) throws -> [[Int]] {
        func scalar(_ input: Int) throws -> Tensor? {
            guard has(input), case let given = try value(input), given.shape.elementCount > 0 else { return nil }
            return given
        }
        guard let most = try scalar(2)?.integers()[0], most > 0 else { return [] }
        let suppression = BoxSuppression(
            isCentered: isCentered, overlap: try scalar(3)?.elements(as: Float.self)[0] ?? 0,
            leastScore: try scalar(4)?.elements(as: Float.self)[0], mostBoxes: most)
        return try suppression.select(boxes: value(0), scores: value(1))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let selected = try selected(has: { request.hasInput($0) }, value: { try request.knownValue($0) })
        return .constants([try Tensor(selected.flatMap { $0.map(Int64.init) }, shape: [selected.count, 3])])
    }
}
