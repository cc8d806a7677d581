import DeeperGraphs
import DeeperTensors

/// The operators that are read, each with what adds its nodes. The functions are in extensions of this type, by family.
/// The numbers of fields are those of TFLite's schema.
enum TFLiteOperators {
    static let all: [String: TFLiteConversion] = [
        "ABS": unary("Abs"), "CEIL": unary("Ceil"), "COS": unary("Cos"), "ELU": unary("Elu"), "EXP": unary("Exp"),
        "FLOOR": unary("Floor"), "HARD_SWISH": unary("HardSwish"), "LOG": unary("Log"), "LOGICAL_NOT": unary("Not"),
        "LOGISTIC": unary("Sigmoid"), "NEG": unary("Neg"), "RELU": unary("Relu"), "ROUND": unary("Round"),
        "SIGN": unary("Sign"), "SIN": unary("Sin"), "SQRT": unary("Sqrt"), "TANH": unary("Tanh"),
        "GELU": gelu, "LEAKY_RELU": leakyRelu, "RSQRT": rsqrt, "SQUARE": square,
        "RELU6": clip(0, 6), "RELU_0_TO_1": clip(0, 1), "RELU_N1_TO_1": clip(-1, 1),
        "ADD": binary("Add", activation: 0), "DIV": binary("Div", activation: 0), "MUL": binary("Mul", activation: 0),
        "SUB": binary("Sub", activation: 0),
        "EQUAL": binary("Equal"), "GREATER": binary("Greater"), "GREATER_EQUAL": binary("GreaterOrEqual"),
        "LESS": binary("Less"), "LESS_EQUAL": binary("LessOrEqual"), "LOGICAL_AND": binary("And"),
        "LOGICAL_OR": binary("Or"), "MAXIMUM": binary("Max"), "MINIMUM": binary("Min"), "POW": binary("Pow"),
        "PRELU": binary("PRelu"),
        "ADD_N": addN, "FLOOR_DIV": floorDiv, "FLOOR_MOD": floorMod, "NOT_EQUAL": notEqual, "SELECT": select,
        "SELECT_V2": select, "SQUARED_DIFFERENCE": squaredDifference,
        "CAST": cast, "DENSIFY": densify, "DEQUANTIZE": dequantize, "QUANTIZE": quantize,
        "BATCH_MATMUL": batchMatMul, "CONV_2D": convolution, "DEPTHWISE_CONV_2D": depthwiseConvolution,
        "FULLY_CONNECTED": fullyConnected, "TRANSPOSE_CONV": transposedConvolution,
        "AVERAGE_POOL_2D": pooling("AveragePool"), "L2_POOL_2D": l2Pooling, "MAX_POOL_2D": pooling("MaxPool"),
        "L2_NORMALIZATION": l2Normalization, "LOCAL_RESPONSE_NORMALIZATION": lrn,
        "LOG_SOFTMAX": logSoftmax, "SOFTMAX": softmax,
        "MEAN": reduction("ReduceMean"), "REDUCE_MAX": reduction("ReduceMax"), "REDUCE_MIN": reduction("ReduceMin"),
        "REDUCE_PROD": reduction("ReduceProd"), "SUM": reduction("ReduceSum"),
        "ARG_MAX": arg("ArgMax"), "ARG_MIN": arg("ArgMin"), "CUMSUM": cumSum, "TOPK_V2": topK,
        "BATCH_TO_SPACE_ND": batchToSpace, "BROADCAST_TO": broadcastTo, "CONCATENATION": concatenation,
        "DEPTH_TO_SPACE": depthToSpace, "EXPAND_DIMS": expandDims, "FILL": fill, "GATHER": gather,
        "GATHER_ND": gatherND, "MIRROR_PAD": mirrorPad, "PACK": pack, "PAD": pad, "PADV2": pad, "RANGE": range,
        "RANK": rank, "RESHAPE": reshape, "REVERSE_V2": reverse, "SHAPE": shape, "SLICE": slice,
        "SPACE_TO_BATCH_ND": spaceToBatch, "SPACE_TO_DEPTH": spaceToDepth, "SPLIT": split, "SPLIT_V": splitV,
        "SQUEEZE": squeeze, "STRIDED_SLICE": stridedSlice, "TILE": tile, "TRANSPOSE": transpose, "UNPACK": unpack,
        "ZEROS_LIKE": zerosLike,
        "COMPLEX_ABS": absolute, "IMAG": part(1), "REAL": part(0), "RFFT2D": realTransform,
        "custom TFLite_Detection_PostProcess": detection,
        "RESIZE_BILINEAR": resize(isLinear: true), "RESIZE_NEAREST_NEIGHBOR": resize(isLinear: false),
    ]

    /// The operators that only copy numbers. They do not rescale integers.
    static let copying: Set<String> = [
        "BATCH_TO_SPACE_ND", "BROADCAST_TO", "DEPTH_TO_SPACE", "EXPAND_DIMS", "GATHER", "GATHER_ND", "MAX_POOL_2D",
        "MIRROR_PAD", "PACK", "PAD", "PADV2", "RESHAPE", "RESIZE_NEAREST_NEIGHBOR", "REVERSE_V2", "SLICE",
        "SPACE_TO_BATCH_ND", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "TILE", "TRANSPOSE",
        "UNPACK",
    ]
}
