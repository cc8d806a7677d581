import DeeperGraphs
import DeeperTensors

/// The types of layers that are read, each with what adds its nodes. The functions are in extensions of this type, by
/// family.
enum CaffeLayers {
    static let all: [String: CaffeConversion] = [
        "AbsVal": unary("Abs"),
        "Accuracy": leftOut, "ContrastiveLoss": leftOut, "DetectionEvaluate": leftOut, "EuclideanLoss": leftOut,
        "HDF5Output": leftOut, "HingeLoss": leftOut, "InfogainLoss": leftOut, "MultiBoxLoss": leftOut,
        "MultinomialLogisticLoss": leftOut, "SigmoidCrossEntropyLoss": leftOut, "Silence": silence,
        "SoftmaxWithLoss": leftOut,
        "AnnotatedData": data, "Data": data, "DummyData": data, "HDF5Data": data, "ImageData": data, "Input": data,
        "MemoryData": data, "WindowData": data,
        "ArgMax": argMax,
        "BNLL": unary("Softplus"),
        "BatchNorm": batchNorm,
        "Bias": bias,
        "Concat": concat,
        "Convolution": convolution, "ConvolutionDepthwise": convolution, "DepthwiseConvolution": convolution,
        "Crop": crop,
        "Deconvolution": deconvolution,
        "DetectionOutput": detectionOutput,
        "Dropout": dropout,
        "ELU": elu,
        "Eltwise": eltwise,
        "Exp": exp,
        "Flatten": flatten,
        "InnerProduct": innerProduct,
        "Interp": interp,
        "LRN": lrn,
        "Log": log,
        "MVN": mvn,
        "Normalize": normalize,
        "PReLU": prelu,
        "Permute": permute,
        "Pooling": pooling,
        "Power": power,
        "PriorBox": priorBox,
        "ReLU": relu,
        "ReLU6": relu6,
        "Reshape": reshape,
        "Scale": scale,
        "Sigmoid": unary("Sigmoid"),
        "Slice": slice,
        "Softmax": softmax,
        "Split": split,
        "TanH": unary("Tanh"),
        "Threshold": threshold,
        "Upsample": upsample,
    ]

    /// Whether a type is that of a loss or a measurement.
    static func areTopsLeftOut(_ type: String) -> Bool {
        type.hasSuffix("Loss") || ["Accuracy", "DetectionEvaluate", "HDF5Output"].contains(type)
    }

    /// A layer that only training or measuring needs. Its bottoms stay outputs, unless they are inputs of the network.
    @Sendable static func leftOut(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        layer.parameters.ignore(
            "accuracy_param", "contrastive_loss_param", "detection_evaluate_param", "hdf5_output_param",
            "hinge_loss_param", "infogain_loss_param", "loss_param", "multibox_loss_param", "softmax_param")
        let isLoss = layer.layer.type.hasSuffix("Loss")
        try net.leaveOut(layer.layer, weight: isLoss ? try layer.parameters.float("loss_weight") ?? 1 : 0)
    }

    /// A layer whose purpose is that its bottoms are no outputs.
    @Sendable static func silence(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        for bottom in layer.layer.bottoms { _ = try net.read(bottom) }
    }

    static func unary(_ operatorName: String) -> CaffeConversion {
        { net, layer in
            try layer.expect(bottoms: 1...1)
            layer.parameters.ignore("sigmoid_param", "tanh_param")
            let x = try net.read(layer.layer.bottoms[0])
            net.define(layer.layer.tops[0], try net.node(operatorName, layer.name, [x]))
        }
    }
}
