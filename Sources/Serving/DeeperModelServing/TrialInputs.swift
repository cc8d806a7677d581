#if Server
internal import Deeper
internal import DeeperTensors

/// Seeded inputs with which a model is tested, timed and warmed up when it loads, of the shapes that its source gives,
/// or of shapes that the network accepts.
struct TrialInputs {
    private let model: Model
    private let shapes: [String: [Int]]
    private let extent: Int?
    private let hasBatch: Bool

    /// - Parameter hasBatch: whether the first dimension of all inputs is a batch; that of a given shape is then
    ///   replaced by the number of rows of each trial.
    /// - Throws: `invalidInput` for a shape without a name if the model has several inputs, and for two shapes of one
    ///   input.
    init(of model: Model, _ source: ModelSource, hasBatch: Bool) throws {
        var shapes: [String: [Int]] = [:]
        for shape in source.warmUpShapes {
            guard let name = shape.name ?? (model.inputs.count == 1 ? model.inputs[0].name : nil) else {
                throw DeeperError(
                    .invalidInput,
                    "the shape \(shape.extents) names no input; the model has "
                        + model.inputs.map(\.name).joined(separator: ", "))
            }
            guard shapes.updateValue(shape.extents, forKey: name) == nil else {
                throw DeeperError(.invalidInput, "the input \"\(name)\" has two shapes")
            }
        }
        self.model = model
        self.shapes = shapes
        self.extent = source.warmUpExtent
        self.hasBatch = hasBatch
    }

    /// Whether the source gives shapes; a model that does not accept them is then not served.
    var isGiven: Bool { extent != nil || !shapes.isEmpty }

    /// - Throws: `invalidInput` if the given shapes contradict those that the model declares, or if none are given and
    ///   none are found that the network accepts.
    func tensors(rows: Int = 1, seed: UInt64 = 1) throws -> [String: Tensor] {
        guard !shapes.isEmpty else { return try model.seededInputs(batch: rows, extent: extent, seed: seed) }
        let shapes = hasBatch ? shapes.mapValues { [rows] + $0.dropFirst() } : shapes
        return try model.fixingInputs(shapes).seededInputs(batch: rows, extent: extent, seed: seed)
    }

    /// A note for the operator of the server about shapes that were not given.
    ///
    /// - Parameter example: the inputs that the model was tried with; nil if none were found.
    func note(_ example: [String: Tensor]?) -> String? {
        guard !isGiven else { return nil }
        guard let example else {
            return
                "not tried and not warmed up, since no inputs are known that it accepts; \"warmup-shape\" gives "
                + "their shapes"
        }
        let open = model.inputs.filter { input in
            input.type?.dimensions?.dropFirst().contains { if case .fixed = $0 { false } else { true } } ?? true
        }
        guard !open.isEmpty else { return nil }
        let tried = open.compactMap { input in example[input.name].map { "\(input.name) \($0.shape)" } }
        return "its size is open; warmed up with \(tried.joined(separator: ", ")), \"warmup-size\" sets another"
    }
}
#endif
