import DeeperTensors

/// One layer of a network, as its text describes it.
struct CaffeLayer {
    var name: String
    /// The type's name since 2014: "Convolution", also where the text has "CONVOLUTION".
    var type: String
    var bottoms: [String]
    var tops: [String]
    /// All fields, such as `convolution_param`.
    var parameters: CaffeParameters
    /// The names of the layer's blobs, empty for those without one. Layers share the blobs that have the same name.
    var weightNames: [String]
    var line: Int

    /// The layer's designation in messages.
    var label: String { "layer \(name.quotedForMessage) (\(type), line \(line))" }
}

/// A network in Caffe's text format, as it is in the phase TEST.
struct CaffeNet {
    struct Input {
        var name: String
        var extents: [Int]
    }

    private(set) var name: String
    private(set) var inputs: [Input] = []
    private(set) var layers: [CaffeLayer] = []

    /// - Throws: `invalidModel` or `unsupported`, naming the line.
    init(_ text: TextMessage) throws {
        var net = CaffeParameters("the network", [text])
        name = try net.text("name") ?? ""
        net.ignore("force_backward", "debug_info", "layer", "layers")
        let state = try State(net.messages("state"))
        let names = try net.texts("input")
        let dimensions = try net.ints("input_dim")
        var shapes = try net.messages("input_shape").map { try CaffeNet.extents($0) }
        try net.finish()
        if shapes.isEmpty, !names.isEmpty {
            guard dimensions.count == 4 * names.count else {
                throw DeeperError(
                    .invalidModel, "\(names.count) inputs and \(dimensions.count) input_dim, expected 4 for each input")
            }
            shapes = names.indices.map { Array(dimensions[4 * $0..<4 * $0 + 4]) }
        }
        guard shapes.count == names.count else {
            throw DeeperError(.invalidModel, "\(names.count) inputs and \(shapes.count) input_shape")
        }
        inputs = zip(names, shapes).map { Input(name: $0, extents: $1) }
        for field in text.fields where field.name == "layer" || field.name == "layers" {
            guard case .message(let message) = field.value else {
                throw DeeperError(.invalidModel, "line \(field.line): \(field.name) should be a message in brackets")
            }
            guard let layer = try CaffeNet.layer(message, field, state) else { continue }
            layers.append(layer)
        }
        guard !layers.isEmpty else { throw DeeperError(.invalidModel, "the network has no layers") }
    }

    /// The extents of a `BlobShape`.
    static func extents(_ message: TextMessage) throws -> [Int] {
        var shape = CaffeParameters("shape", [message])
        let extents = try shape.ints("dim")
        try shape.finish()
        return extents
    }

    /// The state of a network, on which it depends which layers it has.
    private struct State {
        var level = 0
        var stages: Set<String> = []

        init(_ messages: [TextMessage]) throws {
            var state = CaffeParameters("state", messages)
            // Networks are read for their answers, whatever the text says.
            _ = try state.choice("phase", ["TRAIN", "TEST"])
            level = try state.int("level") ?? 0
            stages = Set(try state.texts("stage"))
            try state.finish()
        }

        /// Whether a `NetStateRule` applies in the phase TEST.
        func meets(_ message: TextMessage) throws -> Bool {
            var rule = CaffeParameters("the rule", [message])
            let phase = try rule.choice("phase", ["TRAIN", "TEST"])
            let (least, most) = (try rule.int("min_level"), try rule.int("max_level"))
            let (needed, refused) = (try rule.texts("stage"), try rule.texts("not_stage"))
            try rule.finish()
            return phase != "TRAIN" && least ?? level <= level && most ?? level >= level
                && stages.isSuperset(of: needed) && stages.isDisjoint(with: refused)
        }
    }

    /// - Returns: nil for a layer that is not in this state.
    private static func layer(
        _ message: TextMessage, _ field: TextMessage.Field, _ state: State
    ) throws -> CaffeLayer? {
        var parameters = CaffeParameters("the layer", [message])
        guard !parameters.has("layer") else {
            throw DeeperError(
                .unsupported,
                "line \(field.line): the text is in Caffe's first format (before 2014); Caffe's upgrade_net_proto_text "
                    + "converts it")
        }
        let name = try locating("the layer of line \(field.line)") { try parameters.text("name") ?? "" }
        return try locating("layer \(name.quotedForMessage), line \(field.line)") {
            let bottoms = try parameters.texts("bottom")
            let tops = try parameters.texts("top")
            let includes = try parameters.messages("include").map(state.meets)
            let excludes = try parameters.messages("exclude").map(state.meets)
            guard includes.isEmpty || excludes.isEmpty else {
                throw DeeperError(.invalidModel, "the layer has rules for including and for excluding it")
            }
            guard includes.isEmpty || includes.contains(true), !excludes.contains(true) else { return nil }
            parameters.ignore(
                "phase", "loss_weight", "propagate_down", "blobs_lr", "weight_decay", "blobs", "blob_share_mode")
            let type: String
            var weightNames: [String] = []
            if field.name == "layer" {
                type = try parameters.text("type") ?? ""
                for message in try parameters.messages("param") {
                    var settings = CaffeParameters("param", [message])
                    weightNames.append(try settings.text("name") ?? "")
                }
            } else {
                weightNames = try parameters.texts("param")
                let names = CaffeNet.firstTypes
                guard let old = try parameters.choice("type", names.keys.sorted(), numberedFrom: nil),
                    let new = names[old]
                else { throw DeeperError(.invalidModel, "the layer has no type") }
                type = new
            }
            return CaffeLayer(
                name: name, type: type, bottoms: bottoms, tops: tops, parameters: parameters, weightNames: weightNames,
                line: field.line)
        }
    }

    /// The names that types had in `layers`, until 2014.
    private static let firstTypes = [
        "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "ARGMAX": "ArgMax", "BNLL": "BNLL", "CONCAT": "Concat",
        "CONTRASTIVE_LOSS": "ContrastiveLoss", "CONVOLUTION": "Convolution", "DATA": "Data",
        "DECONVOLUTION": "Deconvolution", "DROPOUT": "Dropout", "DUMMY_DATA": "DummyData", "ELTWISE": "Eltwise",
        "EUCLIDEAN_LOSS": "EuclideanLoss", "EXP": "Exp", "FLATTEN": "Flatten", "HDF5_DATA": "HDF5Data",
        "HDF5_OUTPUT": "HDF5Output", "HINGE_LOSS": "HingeLoss", "IM2COL": "Im2col", "IMAGE_DATA": "ImageData",
        "INFOGAIN_LOSS": "InfogainLoss", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN", "MEMORY_DATA": "MemoryData",
        "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss", "MVN": "MVN", "POOLING": "Pooling", "POWER": "Power",
        "RELU": "ReLU", "SIGMOID": "Sigmoid", "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss",
        "SILENCE": "Silence", "SLICE": "Slice", "SOFTMAX": "Softmax", "SOFTMAX_LOSS": "SoftmaxWithLoss",
        "SPLIT": "Split", "TANH": "TanH", "THRESHOLD": "Threshold", "WINDOW_DATA": "WindowData",
    ]
}
