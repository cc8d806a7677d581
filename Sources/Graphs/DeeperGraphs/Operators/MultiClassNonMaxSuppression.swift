import DeeperKernels
import DeeperTensors

/// The best boxes of all classes in a fixed number of rows, which is what detectors of Caffe (DetectionOutput) and
/// TFLite (TFLite_Detection_PostProcess) end with.
///
/// Boxes are [N, boxes, 4] as (x1, y1, x2, y2), scores [N, classes, boxes]. The first output is
/// [N, keep_top_k, 7] with the rows (image, class, score, x1, y1, x2, y2), the second one int64 [N, keep_top_k] with
/// the numbers of the boxes. For each class the `nms_top_k` best boxes with a score above `score_threshold` are
/// looked at, and those whose intersection over union with a better one is larger than `iou_threshold` are left out;
/// `max_output_boxes_per_class` of them and of all classes the `keep_top_k` best are taken. Where there are fewer, the last rows are -1.
///
/// ONNX's own NonMaxSuppression has as many rows as there are boxes, which a plan cannot know. In an ONNX file the
/// operator is a function of ONNX's operators.
struct MultiClassNonMaxSuppression: Operator {
    static let name = "MultiClassNonMaxSuppression"
    static let inputCount = 2...2
    static let outputCount = 1...2
    private let selection: BoxSelectionKernel.Selection
    private let rows: Int

    init(_ attributes: inout AttributeReader) throws {
        let candidates = try attributes.int("nms_top_k", default: -1)
        let ofClass = try attributes.int("max_output_boxes_per_class", default: -1)
        guard let rows = try attributes.int("keep_top_k"), rows > 0 else {
            throw DeeperError(.invalidModel, "attribute keep_top_k is required, from 1")
        }
        self.rows = rows
        selection = BoxSelectionKernel.Selection(
            leastScore: try attributes.float("score_threshold", default: -.greatestFiniteMagnitude),
            overlap: try attributes.float("iou_threshold", default: 0),
            candidates: candidates < 0 ? .max : candidates, boxesOfClass: ofClass < 0 ? .max : ofClass,
            background: try attributes.int("background_class", default: -1),
            isByClass: try attributes.flag("sort_by_class"))
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let (boxes, scores) = (try inputs.shape(0, .float32), try inputs.shape(1, .float32))
        guard boxes.rank == 3, boxes[2] == 4, scores.rank == 3, scores[0] == boxes[0], scores[2] == boxes[1] else {
            throw DeeperError(
                .invalidModel,
                "boxes have shape \(boxes), scores \(scores); expected [N, boxes, 4] and [N, classes, boxes]")
        }
        let (count, isOverflow) = scores[1].multipliedReportingOverflow(by: scores[2])
        guard !isOverflow, count < 1 << 32, rows <= count else {
            throw DeeperError(
                .invalidModel,
                "keep_top_k is \(rows) with \(scores[1]) classes of \(scores[2]) boxes; expected at most their "
                    + "product, which must be below 2^32")
        }
        return [
            TensorType(.float32, try Shape(validating: [boxes[0], rows, 7])),
            TensorType(.int64, try Shape(validating: [boxes[0], rows])),
        ]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let scores = try request.input(1).shape
        let kernel = BoxSelectionKernel(
            selection, images: scores[0], classes: scores[1], boxes: scores[2], rows: rows,
            givesNumbers: request.outputs.count > 1)
        return .kernel(kernel, inputs: [0, 1])
    }
}
