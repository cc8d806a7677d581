import DeeperGraphs
import DeeperTensors

/// The definitions of deeper's own operators by ONNX's, which a file contains so that every engine can run it.
enum DeeperFunctions {
    /// The first opset whose operators the definitions use.
    private static let firstOpset = 13

    /// The functions for the nodes of a graph.
    ///
    /// - Throws: `unsupported` for an opset that is too old for them.
    static func definitions(for graph: Graph, opset: Int) throws -> [Onnx_FunctionProto] {
        let names = Set(graph.nodes.filter { $0.form?.domain == OperatorCatalog.deeperDomain }.map(\.operatorName))
        return try names.sorted().map { name in
            guard opset >= firstOpset else {
                throw DeeperError(
                    .unsupported, "\(name) is a function of opset \(firstOpset), the network is of opset \(opset)")
            }
            guard name == "MultiClassNonMaxSuppression" else {
                throw DeeperError(.unsupported, "\(name) is not defined by operators of ONNX")
            }
            return multiClassNonMaxSuppression(opset: opset)
        }
    }

    /// Selects boxes by ONNX's NonMaxSuppression, and brings their scores back to a fixed number of places, of which
    /// TopK takes the best.
    private static func multiClassNonMaxSuppression(opset: Int) -> Onnx_FunctionProto {
        var function = Onnx_FunctionProto()
        function.name = "MultiClassNonMaxSuppression"
        function.domain = OperatorCatalog.deeperDomain
        function.input = ["boxes", "scores"]
        function.output = ["rows", "numbers"]
        let numbers = ["nms_top_k", "max_output_boxes_per_class", "keep_top_k", "background_class", "sort_by_class"]
        let thresholds = ["score_threshold", "iou_threshold"]
        function.attribute = thresholds + numbers
        var imported = Onnx_OperatorSetIdProto()
        imported.version = Int64(opset)
        function.opsetImport = [imported]
        func op(
            _ name: String, _ inputs: [String], _ output: String, _ attributes: Onnx_AttributeProto...
        ) -> Onnx_NodeProto { .make(name, inputs, [output], attributes) }
        let lastAxis = Onnx_AttributeProto.make("axis", -1)
        let constants: [Onnx_NodeProto] =
            thresholds.map { .constant($0, .reference("value_float", .float, to: $0)) }
            + numbers.map { .constant($0, .reference("value_int", .int, to: $0)) }
            + [
                .constant("none", -Float.infinity), .constant("missing", -1), .constant("zero", [0], []),
                .constant("one", [1], []), .constant("two", [2], []), .constant("minus_one", [-1], []),
                .constant("first_corner", [0, 1], [2]), .constant("second_corner", [2, 3], [2]),
                .constant("list", [-1], [1]), .constant("column", [-1, 1, 1], [3]), .constant("line", [1, -1, 1], [3]),
                .constant("flat", [0, -1], [2]),
            ]
        let extents = [
            op("Shape", ["scores"], "shape"), op("Gather", ["shape", "zero"], "image_count"),
            op("Gather", ["shape", "one"], "class_count"), op("Gather", ["shape", "two"], "box_count"),
        ]
        // The background has no scores, and neither have boxes after the best nms_top_k of a class.
        let candidates: [Onnx_NodeProto] = [
            op("Range", ["zero", "class_count", "one"], "classes"),
            op("Reshape", ["classes", "line"], "class_line"),
            op("Equal", ["class_line", "background_class"], "is_background"),
            op("Where", ["is_background", "none", "scores"], "foreground"),
            op("Min", ["nms_top_k", "box_count"], "least_count"), op("Less", ["nms_top_k", "zero"], "is_unlimited"),
            op("Where", ["is_unlimited", "box_count", "least_count"], "candidate_count"),
            op("Reshape", ["candidate_count", "list"], "candidate_counts"),
            .make("TopK", ["foreground", "candidate_counts"], ["best_scores", "best_boxes"], [lastAxis]),
            op("Expand", ["none", "shape"], "no_scores"),
            op("ScatterElements", ["no_scores", "best_boxes", "best_scores"], "candidates", .make("axis", 2)),
        ]
        // A box whose second corner is not after its first has no area here.
        let selected = [
            op("Less", ["max_output_boxes_per_class", "zero"], "takes_all"),
            op("Where", ["takes_all", "box_count", "max_output_boxes_per_class"], "most_of_class"),
            op("Gather", ["boxes", "first_corner"], "lower", lastAxis),
            op("Gather", ["boxes", "second_corner"], "given_upper", lastAxis),
            op("Max", ["lower", "given_upper"], "upper"), op("Concat", ["lower", "upper"], "areas", lastAxis),
            op(
                "NonMaxSuppression",
                ["areas", "candidates", "most_of_class", "iou_threshold", "score_threshold"], "selected"),
            op("GatherND", ["scores", "selected"], "selected_scores"),
            op("ScatterND", ["no_scores", "selected", "selected_scores"], "kept"),
        ]
        let best: [Onnx_NodeProto] = [
            op("Reshape", ["kept", "flat"], "kept_flat"), op("Reshape", ["keep_top_k", "list"], "row_counts"),
            .make("TopK", ["kept_flat", "row_counts"], ["row_scores", "row_places"], [lastAxis]),
            op("Greater", ["row_scores", "none"], "are_rows"), op("Div", ["row_places", "box_count"], "row_classes"),
        ]
        // Rows without a box come after those of the last class.
        let ordered: [Onnx_NodeProto] = [
            op("Range", ["zero", "keep_top_k", "one"], "ranks"),
            op("Where", ["are_rows", "row_classes", "class_count"], "ranked_classes"),
            op("Mul", ["sort_by_class", "keep_top_k"], "class_weight"),
            op("Mul", ["ranked_classes", "class_weight"], "class_ranks"), op("Add", ["class_ranks", "ranks"], "keys"),
            .make("TopK", ["keys", "row_counts"], ["sorted_keys", "order"], [lastAxis, .make("largest", 0)]),
            op("GatherElements", ["row_scores", "order"], "sorted_scores", .make("axis", 1)),
            op("GatherElements", ["row_places", "order"], "sorted_places", .make("axis", 1)),
            op("Greater", ["sorted_scores", "none"], "is_row"), op("Div", ["sorted_places", "box_count"], "class"),
            op("Mod", ["sorted_places", "box_count"], "box"), op("Where", ["is_row", "box", "minus_one"], "numbers"),
        ]
        let rows = [
            op("Unsqueeze", ["is_row", "list"], "is_row_column"), op("Unsqueeze", ["box", "list"], "box_column"),
            op("GatherND", ["boxes", "box_column"], "corners", .make("batch_dims", 1)),
            op("Range", ["zero", "image_count", "one"], "images"), op("Reshape", ["images", "column"], "image"),
            op("Cast", ["image"], "image_number", .make("to", 1)),
            op("Where", ["is_row_column", "image_number", "missing"], "image_column"),
            op("Cast", ["class"], "class_number", .make("to", 1)),
            op("Unsqueeze", ["class_number", "list"], "class_column"),
            op("Unsqueeze", ["sorted_scores", "list"], "score_column"),
            op("Concat", ["image_column", "class_column", "score_column", "corners"], "all_rows", lastAxis),
            op("Where", ["is_row_column", "all_rows", "missing"], "rows"),
        ]
        function.node = (constants + extents + candidates + selected + best + ordered + rows).map { node in
            // Nodes of one operator need names of their own.
            var named = node
            named.name = node.output[0]
            return named
        }
        return function
    }
}
