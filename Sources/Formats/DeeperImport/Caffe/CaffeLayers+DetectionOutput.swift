import DeeperGraphs
import DeeperTensors

extension CaffeLayers {
    /// The best boxes of an SSD network. Where Caffe's layer has as many rows as there are boxes, the network has
    /// `keep_top_k` rows for each picture, and those without a box are -1, which Caffe's own programs skip.
    @Sendable static func detectionOutput(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 3...3)
        var p = try layer.parameters.parameters("detection_output_param")
        var suppression = try p.parameters("nms_param")
        p.ignore("save_output_param", "visualize", "visualize_threshold", "save_file")
        guard try p.flag("share_location", default: true) else {
            throw DeeperError(.unsupported, "boxes of their own for each class (share_location: false)")
        }
        guard try suppression.float("eta") ?? 1 == 1 else {
            throw DeeperError(.unsupported, "a threshold of nms_param that changes (eta)")
        }
        let classes = try p.int("num_classes") ?? 0
        let background = try p.int("background_label_id") ?? 0
        let candidates = try suppression.int("top_k") ?? -1
        let overlap = try suppression.float("nms_threshold") ?? 0.3
        let keptCount = try p.int("keep_top_k") ?? -1
        let leastScore = try p.float("confidence_threshold") ?? -.greatestFiniteMagnitude
        let decoder = try BoxDecoder(&p, name: layer.name)
        try suppression.finish()
        try p.finish()
        let bottoms = try layer.layer.bottoms.map { try net.read($0) }
        guard let priors = net.constantValue(bottoms[2]), priors.shape.rank == 3, priors.shape[1] == 2 else {
            throw DeeperError(.unsupported, "boxes that are not those of PriorBox layers")
        }
        let count = priors.shape[2] / 4
        let (places, scores) = (try net.shape(bottoms[0]), try net.shape(bottoms[1]))
        guard classes > 0, count > 0, places.rank > 1, scores.rank > 1,
            places.elementCount == places[0] * count * 4, scores.elementCount == scores[0] * count * classes
        else {
            throw DeeperError(
                .invalidModel,
                "places of shape \(places) and scores of shape \(scores) for \(count) boxes and \(classes) classes")
        }
        let boxes = try decoder.boxes(&net, bottoms[0], priors, count)
        let grouped = try reshaped(&net, bottoms[1], [0, count, classes], "\(layer.name)/scores")
        let byClass = try net.node("Transpose", "\(layer.name)/by_class", [grouped], ["perm": .ints([0, 2, 1])])
        let foreground = (0..<classes).contains(background) ? classes - 1 : classes
        let most = foreground * (candidates < 0 ? count : min(candidates, count))
        let rows = keptCount < 0 ? most : min(keptCount, most)
        guard rows > 0 else { throw DeeperError(.invalidModel, "the layer keeps no boxes") }
        // ONNX's shape inference wants nodes to have all outputs of their functions.
        let found = try net.nodes(
            "MultiClassNonMaxSuppression", "\(layer.name)/best", [boxes, byClass],
            [
                "score_threshold": .float(leastScore), "iou_threshold": .float(overlap),
                "nms_top_k": .int(candidates), "max_output_boxes_per_class": .int(-1), "keep_top_k": .int(rows),
                "background_class": .int(background),
                "sort_by_class": .int(1),
            ], outputCount: 2, domain: OperatorCatalog.deeperDomain)
        net.define(layer.layer.tops[0], try reshaped(&net, found[0], [1, 1, -1, 7], layer.name))
    }
}

/// Makes the corners of boxes from what a network gives for the boxes of its PriorBox layers.
private struct BoxDecoder {
    private enum Code: String, CaseIterable {
        case corner = "CORNER"
        case centreSize = "CENTER_SIZE"
        case cornerSize = "CORNER_SIZE"
    }

    private let code: Code
    private let scalesByVariance: Bool
    private let isClipped: Bool
    private let name: String

    init(_ p: inout CaffeParameters, name: String) throws {
        let given = try p.choice("code_type", Code.allCases.map(\.rawValue), numberedFrom: 1)
        code = given.flatMap { Code(rawValue: $0) } ?? .corner
        scalesByVariance = try !p.flag("variance_encoded_in_target", default: false)
        // OpenCV's addition to the format.
        isClipped = try p.flag("clip", default: false)
        self.name = name
    }

    /// Boxes N x count x 4 as (x1, y1, x2, y2).
    ///
    /// - Parameters:
    ///   - given: N x (4 * count).
    ///   - priors: 1 x 2 x (4 * count): corners, then variances.
    func boxes(_ net: inout CaffeGraphBuilder, _ given: ValueID, _ priors: Tensor, _ count: Int) throws -> ValueID {
        let numbers = try priors.elements(as: Float.self)
        let corners = (0..<count).map { Array(numbers[4 * $0..<4 * $0 + 4]) }
        let variances = (0..<count).map { box in
            scalesByVariance
                ? Array(numbers[4 * (count + box)..<4 * (count + box) + 4]) : Array(repeating: Float(1), count: 4)
        }
        let sizes = corners.map { [$0[2] - $0[0], $0[3] - $0[1]] }
        let places = try CaffeLayers.reshaped(&net, given, [0, count, 4], "\(name)/places")
        var result: ValueID
        switch code {
        case .corner, .cornerSize:
            let scales = zip(variances, sizes).map { variance, size in
                code == .corner ? variance : zip(variance, size + size).map { $0 * $1 }
            }
            let offsets = try scaled(&net, places, scales, "offsets")
            result = try net.node("Add", "\(name)/boxes", [offsets, constant(&net, corners, "priors")])
        case .centreSize:
            let halves = try net.nodes(
                "Split", "\(name)/halves", [places, try net.constant("\(name)/two", [2, 2])], ["axis": .int(2)],
                outputCount: 2)
            let shifts = try scaled(
                &net, halves[0], zip(variances, sizes).map { [$0[0] * $1[0], $0[1] * $1[1]] }, "shifts")
            let centres = corners.map { [($0[0] + $0[2]) / 2, ($0[1] + $0[3]) / 2] }
            let centre = try net.node("Add", "\(name)/centres", [shifts, constant(&net, centres, "prior_centres")])
            let logarithms = try scaled(&net, halves[1], variances.map { [$0[2], $0[3]] }, "logarithms")
            let factors = try net.node("Exp", "\(name)/factors", [logarithms])
            let half = try scaled(&net, factors, sizes.map { [$0[0] / 2, $0[1] / 2] }, "half_sizes")
            let ends = [
                try net.node("Sub", "\(name)/lower", [centre, half]),
                try net.node("Add", "\(name)/upper", [centre, half]),
            ]
            result = try net.node("Concat", "\(name)/boxes", ends, ["axis": .int(2)])
        }
        if isClipped {
            let bounds = [try net.constant("\(name)/least", 0), try net.constant("\(name)/most", 1)]
            result = try net.node("Clip", "\(name)/clipped", [result] + bounds)
        }
        return result
    }

    private func constant(
        _ net: inout CaffeGraphBuilder, _ rows: [[Float]], _ name: String
    ) throws -> ValueID {
        try net.constant("\(self.name)/\(name)", Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count]))
    }

    private func scaled(
        _ net: inout CaffeGraphBuilder, _ x: ValueID, _ factors: [[Float]], _ name: String
    ) throws -> ValueID {
        let factors = try constant(&net, factors, "\(name)/factors")
        return try net.node("Mul", "\(self.name)/\(name)", [x, factors])
    }
}
