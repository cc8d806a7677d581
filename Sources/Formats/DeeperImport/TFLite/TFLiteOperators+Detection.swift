import DeeperGraphs
import DeeperTensors

// The operator that detectors end with, which is not one of TFLite's own.
extension TFLiteOperators {
    /// The best boxes: corners (y1, x1, y2, x2), classes, scores, and how many there are. The rest are zeros.
    ///
    /// Inputs are centres and sizes of boxes relative to anchors, scores of classes and the anchors, all of one picture.
    @Sendable static func detection(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let options = try DetectionOptions(call.operation.customOptions())
        let (places, scores) = (net.tensor(try call.input(0)).extents, net.tensor(try call.input(1)).extents)
        let anchors = net.tensor(try call.input(2)).extents
        guard call.operation.outputs.count == 4, places.count == 3, scores.count == 3, places[0] == 1, scores[0] == 1,
            places[2] >= 4, places[1] > 0, scores[1] == places[1], anchors == [places[1], 4],
            (1...scores[2]).contains(options.classes)
        else {
            throw DeeperError(
                .invalidModel,
                "boxes of \(Shape(places)), scores of \(Shape(scores)), anchors of \(Shape(anchors)) and "
                    + "\(options.classes) classes do not fit together, or there are not 4 outputs")
        }
        let boxes = try corners(&net, call, options, hasMore: places[2] > 4)
        var x = try net.last(call.input(1))
        // The background comes before the classes.
        if options.classes < scores[2] {
            x = try cut(&net, x, from: scores[2] - options.classes, to: scores[2], axis: 2, call.name + "/classes")
        }
        let count = places[1]
        let most = options.isRegular ? count * options.classes : count
        let kept = min(options.most, most)
        let ranked: ValueID
        if options.isRegular {
            ranked = try net.node("Transpose", call.name + "/by_class", [x], ["perm": .ints([0, 2, 1])])
        } else {
            let best = try net.node(
                "ReduceMax", call.name + "/best_scores", [x, net.constant(call.name + "/axis", [2])])
            ranked = try net.node(
                "Reshape", call.name + "/ranked", [best, net.constant(call.name + "/row", [1, 1, -1])])
        }
        let found = try net.nodes(
            "MultiClassNonMaxSuppression", call.name + "/best", [boxes, ranked],
            [
                // Here a score that is equal to the threshold is enough.
                "score_threshold": .float(options.leastScore.nextDown), "iou_threshold": .float(options.overlap),
                "nms_top_k": .int(-1), "max_output_boxes_per_class": .int(options.mostOfClass),
                "keep_top_k": .int(kept), "background_class": .int(-1), "sort_by_class": .int(0),
            ], outputCount: 2, domain: OperatorCatalog.deeperDomain)
        let rows = found[0]
        let zero = try net.constant(call.name + "/zero", 0)
        let images = try cut(&net, rows, from: 0, to: 1, axis: 2, call.name + "/images")
        let isRow = try net.node("GreaterOrEqual", call.name + "/is_row", [images, zero])
        var classes: ValueID
        if options.isRegular {
            classes = try cut(&net, rows, from: 1, to: 2, axis: 2, call.name + "/row_classes")
        } else {
            let best = try net.node(
                "ArgMax", call.name + "/best_classes", [x], ["axis": .int(2), "keepdims": .int(0)])
            let line = try net.node(
                "Reshape", call.name + "/class_line", [best, net.constant(call.name + "/line", [-1])])
            let chosen = try net.node("Gather", call.name + "/row_classes", [line, found[1]])
            let numbers = try net.node("Cast", call.name + "/class_numbers", [chosen], ["to": .int(1)])
            let column = try net.constant(call.name + "/column", [2])
            classes = try net.node("Unsqueeze", call.name + "/class_column", [numbers, column])
        }
        let results = [
            try cut(&net, rows, from: 3, to: 7, axis: 2, call.name + "/corners"), classes,
            try cut(&net, rows, from: 2, to: 3, axis: 2, call.name + "/scores"),
        ]
        for (place, result) in results.enumerated() {
            let output = call.operation.outputs[place]
            let name = call.name + "/output\(place)"
            var value = try net.node("Where", name, [isRow, result, zero])
            if kept < options.most {
                let pads = try net.constant(name + "/pads", [0, 0, 0, 0, options.most - kept, 0])
                value = try net.node("Pad", name + "/padded", [value, pads])
            }
            let shape = try net.constant(name + "/shape", place == 0 ? [1, options.most, 4] : [1, options.most])
            try net.define(output, net.node("Reshape", name + "/shaped", [value, shape]))
        }
        let ones = try net.node("Cast", call.name + "/ones", [isRow], ["to": .int(1)])
        let sum = try net.node(
            "ReduceSum", call.name + "/count", [ones, net.constant(call.name + "/all", [1, 2])], ["keepdims": .int(0)])
        try net.define(call.operation.outputs[3], sum)
    }

    private static func corners(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ options: DetectionOptions, hasMore: Bool
    ) throws -> ValueID {
        var places = try net.last(call.input(0))
        // Key points may come after a box.
        if hasMore { places = try cut(&net, places, from: 0, to: 4, axis: 2, call.name + "/places") }
        let two = try net.constant(call.name + "/two", [2, 2])
        let halves = try net.nodes(
            "Split", call.name + "/halves", [places, two], ["axis": .int(2)], outputCount: 2)
        let anchors = try net.nodes(
            "Split", call.name + "/anchors", [net.last(call.input(2)), two], ["axis": .int(1)], outputCount: 2)
        func scaled(_ value: ValueID, _ scales: [Float], _ name: String) throws -> ValueID {
            try net.node("Div", name, [value, net.constant(name + "/scales", Tensor(scales, shape: [2]))])
        }
        let shift = try net.node(
            "Mul", call.name + "/shifts", [scaled(halves[0], options.centreScales, call.name + "/centres"), anchors[1]])
        let centre = try net.node("Add", call.name + "/centre", [shift, anchors[0]])
        let factor = try net.node(
            "Exp", call.name + "/factors", [scaled(halves[1], options.sizeScales, call.name + "/sizes")])
        let half = try net.node(
            "Mul", call.name + "/half_anchors", [anchors[1], net.constant(call.name + "/half", 0.5)])
        let size = try net.node("Mul", call.name + "/half_sizes", [factor, half])
        let ends = [
            try net.node("Sub", call.name + "/lower", [centre, size]),
            try net.node("Add", call.name + "/upper", [centre, size]),
        ]
        return try net.node("Concat", call.name + "/boxes", ends, ["axis": .int(2)])
    }

    private static func cut(
        _ net: inout TFLiteGraphBuilder, _ x: ValueID, from start: Int, to end: Int, axis: Int, _ name: String
    ) throws -> ValueID {
        let places = try [("from", start), ("to", end), ("axes", axis)].map { try net.constant("\(name)/\($0)", [$1]) }
        return try net.node("Slice", name, [x] + places)
    }
}

/// The options of TFLite_Detection_PostProcess.
private struct DetectionOptions {
    let classes: Int
    /// The number of rows.
    let most: Int
    let mostOfClass: Int
    let leastScore: Float
    let overlap: Float
    /// Whether boxes of different classes may overlap; otherwise a box has its best class only.
    let isRegular: Bool
    /// By which y and x, and height and width, are divided.
    let centreScales: [Float]
    let sizeScales: [Float]

    init(_ options: FlexbufferMap) throws {
        func number(_ name: String, default value: Double? = nil) throws -> Double {
            guard let number = options[name] ?? value, number.isFinite else {
                throw DeeperError(.invalidModel, "the option \(name) is missing or not a number")
            }
            return number
        }
        func count(_ name: String, default value: Double? = nil) throws -> Int {
            guard let count = Int(exactly: try number(name, default: value)), (1...1 << 24).contains(count) else {
                throw DeeperError(.invalidModel, "the option \(name) is \(try number(name)), expected a count")
            }
            return count
        }
        classes = try count("num_classes")
        most = try count("max_detections")
        isRegular = try number("use_regular_nms", default: 0) != 0
        mostOfClass = isRegular ? min(most, try count("detections_per_class", default: 100)) : most
        leastScore = Float(try number("nms_score_threshold"))
        overlap = Float(try number("nms_iou_threshold"))
        centreScales = [Float(try number("y_scale")), Float(try number("x_scale"))]
        sizeScales = [Float(try number("h_scale")), Float(try number("w_scale"))]
        guard try count("max_classes_per_detection", default: 1) == 1 else {
            throw DeeperError(.unsupported, "several classes for one box (max_classes_per_detection)")
        }
    }
}
