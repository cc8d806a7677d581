import Deeper
import DeeperGraphs
import DeeperTensors
import Testing

/// Forms of operators that move, choose and add up elements, for which ONNX's archive has no cases: other types,
/// broadcasting, old opsets, indices out of reach, and nothing at all. Expected numbers: ONNX's reference, or by hand
/// where it has none.
@Suite("indices, sums and samples") struct IndexFormTests {
    /// Elements and slices by their positions.
    static let gathering: [NodeCase] = [
        NodeCase(
            "GatherND, whole tuples from the end", "GatherND", opset: 12,
            [
                tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [Int32], [3, 4]),
                tensor([-1, -1, 0, 2, -3, 1] as [Int64], [3, 2]),
            ], gives: [tensor([11, 2, 1] as [Int32], [3])]),
        NodeCase(
            "GatherND, two batch axes", "GatherND", opset: 13, ["batch_dims": .int(1)],
            [floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 2, 2]), tensor([1, 0, -1] as [Int64], [3, 1, 1])],
            gives: [floats([2, 3, 4, 5, 10, 11], [3, 1, 2])]),
        NodeCase(
            "GatherND of nothing", "GatherND", opset: 13,
            [floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4]), tensor([] as [Int64], [0, 1])],
            gives: [floats([], [0, 4])]),
        NodeCase(
            "GatherElements, fewer rows than X, int32 indices", "GatherElements", opset: 11, ["axis": .int(1)],
            [
                tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [UInt8], [3, 4]),
                tensor([3, -4, 0, 1] as [Int32], [2, 2]),
            ], gives: [tensor([3, 0, 4, 5] as [UInt8], [2, 2])]),
        NodeCase(
            "GatherElements, three axes, the middle one", "GatherElements", opset: 13, ["axis": .int(-2)],
            [
                tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [Int64], [2, 3, 2]),
                tensor([2, 0, 1, -1] as [Int64], [2, 1, 2]),
            ], gives: [tensor([4, 1, 8, 11] as [Int64], [2, 1, 2])]),
        NodeCase(
            "GatherElements of bool", "GatherElements", opset: 13,
            [tensor([true, false, false, true] as [Bool], [2, 2]), tensor([1, 1] as [Int64], [1, 2])],
            gives: [tensor([false, true] as [Bool], [1, 2])]),
        NodeCase(
            "Compress, a condition shorter than the axis", "Compress", opset: 9, ["axis": .int(-1)],
            [floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4]), tensor([false, true, true] as [Bool], [3])],
            gives: [floats([1, 2, 5, 6, 9, 10], [3, 2])]),
        NodeCase(
            "Compress of all elements", "Compress", opset: 11,
            [
                tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [Int64], [3, 4]),
                tensor(
                    [true, false, false, false, false, false, false, false, false, false, false, true] as [Bool], [12]),
            ], gives: [tensor([0, 11] as [Int64], [2])]),
        NodeCase(
            "Compress to nothing", "Compress", opset: 11, ["axis": .int(0)],
            [floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4]), tensor([false, false, false] as [Bool], [3])],
            gives: [floats([], [0, 4])]),
        NodeCase(
            "ReverseSequence, batch first", "ReverseSequence", opset: 10,
            ["batch_axis": .int(0), "time_axis": .int(1)],
            [tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [Int32], [3, 4]), tensor([0, 4, 2] as [Int64], [3])],
            gives: [tensor([0, 1, 2, 3, 7, 6, 5, 4, 9, 8, 10, 11] as [Int32], [3, 4])]),
    ]

    /// Updates of elements and slices.
    static let scattering: [NodeCase] = [
        NodeCase(
            "Scatter-9, rows", "Scatter", opset: 9,
            [
                floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4]), tensor([2, 0] as [Int64], [1, 2]),
                floats([100, 101], [1, 2]),
            ], gives: [floats([0, 101, 2, 3, 4, 5, 6, 7, 100, 9, 10, 11], [3, 4])]),
        NodeCase(
            "ScatterElements, one element three times", "ScatterElements", opset: 16,
            ["axis": .int(1), "reduction": .string("add")],
            [
                tensor([1, 2, 3] as [Int64], [1, 3]), tensor([1, 1, -2] as [Int32], [1, 3]),
                tensor([10, 20, 30] as [Int64], [1, 3]),
            ], gives: [tensor([1, 62, 3] as [Int64], [1, 3])]),
        NodeCase(
            "ScatterElements, fewer rows than X, products of int32", "ScatterElements", opset: 16,
            ["axis": .int(1), "reduction": .string("mul")],
            [
                tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [Int32], [3, 4]), tensor([3, 0] as [Int64], [2, 1]),
                tensor([10, -1] as [Int32], [2, 1]),
            ], gives: [tensor([0, 1, 2, 30, -4, 5, 6, 7, 8, 9, 10, 11] as [Int32], [3, 4])]),
        NodeCase(
            "ScatterElements, smallest of uint8", "ScatterElements", opset: 18, ["reduction": .string("min")],
            [tensor([200, 3] as [UInt8], [2]), tensor([0, 1] as [Int64], [2]), tensor([100, 255] as [UInt8], [2])],
            gives: [tensor([100, 3] as [UInt8], [2])]),
        NodeCase(
            "ScatterElements, NaN is the largest", "ScatterElements", opset: 18, ["reduction": .string("max")],
            [floats([1, .nan], [2]), tensor([0, 1] as [Int64], [2]), floats([.nan, 2], [2])],
            gives: [floats([.nan, .nan], [2])]),
        NodeCase(
            "ScatterElements, a sum of bool", "ScatterElements", opset: 18, ["reduction": .string("add")],
            [
                tensor([false, true, false] as [Bool], [3]), tensor([0, 1] as [Int64], [2]),
                tensor([true, false] as [Bool], [2]),
            ], gives: [tensor([true, true, false] as [Bool], [3])]),
        NodeCase(
            "ScatterElements, no updates", "ScatterElements", opset: 11,
            [floats([1, 2], [2]), tensor([] as [Int64], [0]), floats([], [0])], gives: [floats([1, 2], [2])]),
        NodeCase(
            "ScatterND, the last update counts", "ScatterND", opset: 11,
            [
                floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4]), tensor([1, -2] as [Int64], [2, 1]),
                floats([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]),
            ], gives: [floats([0, 1, 2, 3, 5, 6, 7, 8, 8, 9, 10, 11], [3, 4])]),
        NodeCase(
            "ScatterND, elements, a sum", "ScatterND", opset: 16, ["reduction": .string("add")],
            [
                tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [Int32], [3, 4]),
                tensor([0, 0, 2, 3, 0, 0] as [Int64], [3, 2]), tensor([5, 6, 7] as [Int32], [3]),
            ], gives: [tensor([12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17] as [Int32], [3, 4])]),
        NodeCase(
            "TensorScatter without starts", "TensorScatter", opset: 24, ["axis": .int(1)],
            [tensor([0, 0, 0, 0, 0, 0] as [Int32], [2, 3]), tensor([1, 2, 3, 4] as [Int32], [2, 2])],
            gives: [tensor([1, 2, 0, 3, 4, 0] as [Int32], [2, 3])]),
        NodeCase(
            "TensorScatter, round and round", "TensorScatter", opset: 24,
            ["axis": .int(1), "mode": .string("circular")],
            [
                tensor([0, 0, 0, 0, 0, 0] as [Int32], [2, 3]), tensor([1, 2, 3, 4] as [Int32], [2, 2]),
                tensor([5, -1] as [Int64], [2]),
            ], gives: [tensor([2, 0, 1, 4, 0, 3] as [Int32], [2, 3])]),
        NodeCase(
            "MaxUnpool into MaxPool's input", "MaxUnpool", opset: 11,
            ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])],
            [
                floats([5, 6, 7, 8], [1, 1, 2, 2]), tensor([6, 8, 16, 18] as [Int64], [1, 1, 2, 2]),
                tensor([1, 1, 5, 5] as [Int64], [4]),
            ],
            gives: [floats([0, 0, 0, 0, 0, 0, 5, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0, 0], [1, 1, 5, 5])]),
    ]

    /// Tensors that are made of little.
    static let making: [NodeCase] = [
        NodeCase(
            "OneHot, float indices, the first axis", "OneHot", opset: 11, ["axis": .int(0)],
            [floats([1.9, -1, 3], [3]), tensor([3] as [Int64], [1]), tensor([7, 9] as [UInt8], [2])],
            gives: [tensor([7, 7, 7, 9, 7, 7, 7, 9, 7] as [UInt8], [3, 3])]),
        NodeCase(
            "OneHot of a scalar", "OneHot", opset: 9,
            [tensor([2] as [Int32], []), tensor([3] as [Int32], []), tensor([false, true] as [Bool], [2])],
            gives: [tensor([false, false, true] as [Bool], [3])]),
        NodeCase(
            "OneHot without depth", "OneHot", opset: 11,
            [tensor([0, 1] as [Int64], [2]), floats([0], []), floats([0, 1], [2])], gives: [floats([], [2, 0])]),
        NodeCase(
            "EyeLike, below the diagonal", "EyeLike", opset: 9, ["k": .int(-1)],
            [tensor([0, 0, 0, 0, 0, 0] as [Int64], [3, 2])], gives: [tensor([0, 0, 1, 0, 0, 1] as [Int64], [3, 2])]),
        NodeCase(
            "EyeLike of bool, far off", "EyeLike", opset: 9, ["k": .int(9), "dtype": .int(9)],
            [floats([0, 0, 0, 0], [2, 2])], gives: [tensor([false, false, false, false] as [Bool], [2, 2])]),
        NodeCase(
            "Trilu of bool, all of it", "Trilu", opset: 14, ["upper": .int(0)],
            [tensor([true, true] as [Bool], [1, 2]), tensor([5] as [Int64], [])],
            gives: [tensor([true, true] as [Bool], [1, 2])]),
        NodeCase(
            "Trilu, a diagonal out of reach", "Trilu", opset: 14,
            [floats([1, 2, 3, 4], [2, 2]), tensor([-4611686018427387904] as [Int64], [1])],
            gives: [floats([1, 2, 3, 4], [2, 2])]),
        NodeCase(
            "Trilu, batches of flat matrices", "Trilu", opset: 14, ["upper": .int(0)],
            [tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as [Int32], [2, 2, 3])],
            gives: [tensor([1, 0, 0, 4, 5, 0, 7, 0, 0, 10, 11, 0] as [Int32], [2, 2, 3])]),
        NodeCase(
            "CenterCropPad, odd differences", "CenterCropPad", opset: 18,
            [tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as [Int32], [2, 5]), tensor([5, 2] as [Int32], [2])],
            gives: [tensor([0, 0, 2, 3, 7, 8, 0, 0, 0, 0] as [Int32], [5, 2])]),
        NodeCase(
            "AffineGrid, one column", "AffineGrid", opset: 20, ["align_corners": .int(1)],
            [tensor([1, 0, 2, 0, 3, 0] as [Double], [1, 2, 3]), tensor([1, 1, 2, 1] as [Int64], [4])],
            gives: [tensor([2, -3, 2, 3] as [Double], [1, 2, 1, 2])]),
        NodeCase(
            "Col2Im in one dimension, int32", "Col2Im", opset: 18, ["strides": .ints([2]), "pads": .ints([1, 0])],
            [
                tensor([1, 2, 3, 4, 5, 6] as [Int32], [1, 3, 2]), tensor([4] as [Int64], [1]),
                tensor([3] as [Int64], [1]),
            ], gives: [tensor([3, 7, 4, 6] as [Int32], [1, 1, 4])]),
    ]

    /// Running sums, and sums of products.
    static let adding: [NodeCase] = [
        NodeCase(
            "CumSum of float32 from the end, the middle axis", "CumSum", opset: 11,
            ["reverse": .int(1), "exclusive": .int(1)],
            [floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 2]), tensor([1] as [Int64], [])],
            gives: [floats([6, 8, 4, 5, 0, 0, 18, 20, 10, 11, 0, 0], [2, 3, 2])]),
        NodeCase(
            "STFT of complex numbers, with a step beyond the signal", "STFT", opset: 17, ["onesided": .int(0)],
            [
                floats([1, 0, 0, 0], [1, 2, 2]), tensor([1 << 62] as [Int64], []), nil, tensor([2] as [Int64], []),
            ], gives: [floats([1, 0, 1, 0], [1, 1, 2, 2])]),
        NodeCase(
            "CumSum of int64 wraps", "CumSum", opset: 14,
            [tensor([9223372036854775807, 1, 1] as [Int64], [3]), tensor([0] as [Int32], [1])],
            gives: [tensor([9223372036854775807, -9223372036854775808, -9223372036854775807] as [Int64], [3])]),
        NodeCase(
            "CumSum of nothing", "CumSum", opset: 14, [floats([], [2, 0, 3]), tensor([-1] as [Int64], [])],
            gives: [floats([], [2, 0, 3])]),
        NodeCase(
            "CumProd of int32 wraps", "CumProd", opset: 26,
            [tensor([1073741824, 4, 3] as [Int32], [3]), tensor([0] as [Int32], [])],
            gives: [tensor([1073741824, 0, 0] as [Int32], [3])]),
        NodeCase(
            "Einsum, a matrix product", "Einsum", opset: 12, ["equation": .string("ij,jk->ik")],
            [floats([0, 1, 2, 3, 4, 5], [2, 3]), floats([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6], [3, 4])],
            gives: [floats([5, 8, 11, 14, -4, 8, 20, 32], [2, 4])]),
        NodeCase(
            "Einsum, a product with both operands transposed", "Einsum", opset: 12, ["equation": .string("ji,kj->ik")],
            [floats([0, 3, 1, 4, 2, 5], [3, 2]), floats([-5, -1, 3, -4, 0, 4, -3, 1, 5, -2, 2, 6], [4, 3])],
            gives: [floats([5, 8, 11, 14, -4, 8, 20, 32], [2, 4])]),
        NodeCase(
            "Einsum, the result transposed", "Einsum", opset: 12, ["equation": .string("ij,jk->ki")],
            [floats([0, 1, 2, 3, 4, 5], [2, 3]), floats([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6], [3, 4])],
            gives: [floats([5, -4, 8, 8, 11, 20, 14, 32], [4, 2])]),
        NodeCase(
            "Einsum, without an arrow", "Einsum", opset: 12, ["equation": .string("ij,jh")],
            [floats([0, 1, 2, 3, 4, 5], [2, 3]), floats([0, 1, 2, 3, 4, 5], [3, 2])],
            gives: [floats([10, 28, 13, 40], [2, 2])]),
        NodeCase(
            "Einsum, stacks with gaps", "Einsum", opset: 12, ["equation": .string("bqhd,bkhd->bhqk")],
            [floats([0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 2, 2]), floats([-3, -2, -1, 0, 1, 2, 3, 4], [1, 2, 2, 2])],
            gives: [floats([-2, 2, -22, 14, -2, 18, -6, 46], [1, 2, 2, 2])]),
        NodeCase(
            "Einsum, a stack of pictures", "Einsum", opset: 12, ["equation": .string("nchw,cd->ndhw")],
            [floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 1, 2]), floats([0, 1, 2, 3, 4, 5], [3, 2])],
            gives: [floats([20, 26, 26, 35, 56, 62, 80, 89], [2, 2, 1, 2])]),
        NodeCase(
            "Einsum, three operands", "Einsum", opset: 12, ["equation": .string("ab,bc,cd->ad")],
            [
                floats([0, 1, 2, 3, 4, 5], [2, 3]), floats([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6], [3, 4]),
                floats([0, 1, 2, 3, 4, 5, 6, 7], [4, 2]),
            ], gives: [floats([144, 182, 288, 344], [2, 2])]),
        NodeCase(
            "Einsum, broadcast axes", "Einsum", opset: 12, ["equation": .string("...ij,...jk->...ik")],
            [floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 1, 2, 3]), floats([0, 1, 2, 3, 4, 5], [1, 3, 2])],
            gives: [floats([10, 13, 28, 40, 46, 67, 64, 94], [2, 1, 2, 2])]),
        NodeCase(
            "Einsum, the trace", "Einsum", opset: 12, ["equation": .string("ii")],
            [tensor([1, 2, 3, 4] as [Int32], [2, 2])], gives: [tensor([5] as [Int32], [])]),
        NodeCase(
            "Einsum, a diagonal", "Einsum", opset: 12, ["equation": .string("ii->i")],
            [tensor([1, 2, 3, 4] as [UInt8], [2, 2])], gives: [tensor([1, 4] as [UInt8], [2])]),
        NodeCase(
            "Einsum, an outer product of int64", "Einsum", opset: 12, ["equation": .string("i,j->ij")],
            [tensor([1, 2] as [Int64], [2]), tensor([3, 4, 5] as [Int64], [3])],
            gives: [tensor([3, 4, 5, 6, 8, 10] as [Int64], [2, 3])]),
        NodeCase(
            "Einsum, elements", "Einsum", opset: 12, ["equation": .string("ij,ij->ij")],
            [floats([0, 1, 2, 3, 4, 5], [2, 3]), floats([0, 1, 2, 3, 4, 5], [2, 3])],
            gives: [floats([0, 1, 4, 9, 16, 25], [2, 3])]),
        NodeCase(
            "Einsum, nothing to add up", "Einsum", opset: 12, ["equation": .string("ij,jk->ik")],
            [floats([], [2, 0]), floats([], [0, 2])], gives: [floats([0, 0, 0, 0], [2, 2])]),
        NodeCase(
            "Einsum, float32 axes in another order", "Einsum", opset: 12, ["equation": .string("abc->cab")],
            [floats([0, 1, 2, 3, 4, 5], [1, 2, 3])], gives: [floats([0, 3, 1, 4, 2, 5], [3, 1, 2])]),
    ]

    /// Outputs whose extents depend on values.
    static let choosing: [NodeCase] = [
        NodeCase(
            "NonZero of a scalar", "NonZero", opset: 9, [floats([3], [])], gives: [tensor([] as [Int64], [0, 1])]),
        NodeCase(
            "NonZero with NaN", "NonZero", opset: 13, [floats([0, .nan, 0, 2], [2, 2])],
            gives: [tensor([0, 1, 1, 1] as [Int64], [2, 2])]),
        NodeCase(
            "Unique with NaN", "Unique", opset: 11, [floats([.nan, 2, .nan, 1], [4])],
            gives: [
                floats([1, 2, .nan], [3]), tensor([3, 1, 0] as [Int64], [3]), tensor([2, 1, 2, 0] as [Int64], [4]),
                tensor([1, 1, 2] as [Int64], [3]),
            ]),
        NodeCase(
            "Unique, columns in their order", "Unique", opset: 11, ["axis": .int(-1), "sorted": .int(0)],
            [tensor([2, 1, 2, 5, 0, 5] as [Int32], [2, 3])],
            gives: [
                tensor([2, 1, 5, 0] as [Int32], [2, 2]), tensor([0, 1] as [Int64], [2]),
                tensor([0, 1, 0] as [Int64], [3]), tensor([2, 1] as [Int64], [2]),
            ]),
        NodeCase(
            "Unique of bool, its values alone", "Unique", opset: 11, [tensor([true, true] as [Bool], [2])],
            gives: [tensor([true] as [Bool], [1])]),
        NodeCase(
            "NonMaxSuppression asked for nothing", "NonMaxSuppression", opset: 10,
            [floats([0, 0, 1, 1], [1, 1, 4]), floats([0.5], [1, 1, 1])], gives: [tensor([] as [Int64], [0, 3])]),
        NodeCase(
            "NonMaxSuppression, equal scores and no thresholds", "NonMaxSuppression", opset: 11,
            [
                floats([0, 0, 1, 1, 5, 5, 6, 6, 0, 0, 1, 1], [1, 3, 4]), floats([0.5, 0.5, 0.5], [1, 1, 3]),
                tensor([9] as [Int64], []),
            ], gives: [tensor([0, 0, 0, 0, 0, 1] as [Int64], [2, 3])]),
    ]

    /// Pictures between their pixels.
    static let sampling: [NodeCase] = [
        NodeCase(
            "GridSample-16, nearest of int64", "GridSample", opset: 16,
            ["mode": .string("nearest"), "align_corners": .int(1)],
            [
                tensor([4611686018427387905, 2, 3, 4] as [Int64], [1, 1, 2, 2]),
                floats([-1, -1, 1, 0.9, 3, 0], [1, 1, 3, 2]),
            ], gives: [tensor([4611686018427387905, 4, 0] as [Int64], [1, 1, 1, 3])]),
        NodeCase(
            "GridSample, mixtures of uint8 are cut off", "GridSample", opset: 16,
            ["mode": .string("bilinear"), "align_corners": .int(1)],
            [tensor([0, 7] as [UInt8], [1, 1, 1, 2]), tensor([0, 0] as [Double], [1, 1, 1, 2])],
            gives: [tensor([3] as [UInt8], [1, 1, 1, 1])]),
        NodeCase(
            "GridSample, one axis, mirrored", "GridSample", opset: 20, ["padding_mode": .string("reflection")],
            [floats([1, 2, 3, 4], [1, 1, 4]), floats([-1.5, 1.25, 5], [1, 3, 1])],
            gives: [floats([1.5, 4, 4], [1, 1, 3])]),
        NodeCase(
            "GridSample of no pictures", "GridSample", opset: 20,
            [floats([], [0, 1, 2, 2]), floats([], [0, 3, 1, 2])], gives: [floats([], [0, 1, 3, 1])]),
        NodeCase(
            "RoiAlign-10, whole pixels", "RoiAlign", opset: 10,
            ["output_height": .int(1), "output_width": .int(2), "sampling_ratio": .int(1)],
            [
                floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [1, 1, 4, 4]),
                floats([0, 0, 4, 2], [1, 4]), tensor([0] as [Int64], [1]),
            ], gives: [floats([5, 7], [1, 1, 1, 2])]),
        NodeCase(
            "RoiAlign, a region without end", "RoiAlign", opset: 16,
            [
                floats([1, 1, 1, 1], [1, 1, 2, 2]), floats([-1e30, -1e30, 1e30, 1e30, .nan, 0, 1, 1], [2, 4]),
                tensor([0, 0] as [Int64], [2]),
            ], gives: [floats([0, 0], [2, 1, 1, 1])]),
        NodeCase(
            "RoiAlign of no regions", "RoiAlign", opset: 22,
            [floats([1, 1, 1, 1, 1, 1, 1, 1], [1, 2, 2, 2]), floats([], [0, 4]), tensor([] as [Int64], [0])],
            gives: [floats([], [0, 2, 1, 1])]),
        NodeCase(
            "MaxRoiPool of float64, half a pixel for one", "MaxRoiPool", opset: 6,
            ["pooled_shape": .ints([1, 1]), "spatial_scale": .float(0.5)],
            [
                tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as [Double], [1, 1, 4, 4]),
                tensor([0, 2, 2, 4, 5] as [Double], [1, 5]),
            ], gives: [tensor([14] as [Double], [1, 1, 1, 1])]),
        NodeCase(
            "DeformConv without offsets, two groups", "DeformConv", opset: 19,
            ["group": .int(2), "offset_group": .int(2)],
            [
                floats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17], [1, 2, 3, 3]),
                floats([1, 0, 0, 1, 2, 0, 0, 0], [2, 1, 2, 2]),
                floats(
                    [
                        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                    ], [1, 16, 2, 2]), floats([100, 200], [2]),
            ], gives: [floats([104, 106, 110, 112, 218, 220, 224, 226], [1, 2, 2, 2])]),
        NodeCase(
            "DeformConv of no pictures", "DeformConv", opset: 19,
            [floats([], [0, 1, 2, 2]), floats([1], [1, 1, 1, 1]), floats([], [0, 2, 2, 2])],
            gives: [floats([], [0, 1, 2, 2])]),
    ]

    @Test("give what they should", arguments: gathering + scattering + making + adding + choosing + sampling)
    func givesWhatItShould(item: NodeCase) throws { try item.check() }

    private static let x = floats([1, 2, 3, 4, 5, 6], [2, 3])

    /// Nodes that must be refused, or end with an error when they run.
    static let refused: [(item: NodeCase, code: DeeperError.Code)] = [
        (
            NodeCase(
                "GatherND, an index too large", "GatherND", opset: 13, [x, tensor([Int64(2)], [1, 1])], gives: [x]),
            .invalidInput
        ),
        (
            NodeCase(
                "GatherElements, an index too small", "GatherElements", opset: 13, [x, tensor([Int64(-3)], [1, 1])],
                gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "ScatterElements, an index too large", "ScatterElements", opset: 18,
                [x, tensor([Int64.max], [1, 1]), floats([0], [1, 1])], gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "ScatterND, an index too small", "ScatterND", opset: 18,
                [x, tensor([Int64.min], [1, 1]), floats([0, 0, 0], [1, 3])], gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "ReverseSequence, a length too large", "ReverseSequence", opset: 10, [x, integers(1, 3, 1)],
                gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "TensorScatter, an update beyond the end", "TensorScatter", opset: 24, ["axis": .int(1)],
                [x, floats([0, 0, 0, 0], [2, 2]), integers(0, 2)], gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "MaxUnpool, a position outside", "MaxUnpool", opset: 11, ["kernel_shape": .ints([1])],
                [floats([1, 2], [1, 1, 2]), tensor([Int64(0), 2], [1, 1, 2])], gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "RoiAlign, an image that there is not", "RoiAlign", opset: 16,
                [floats([1], [1, 1, 1, 1]), floats([0, 0, 1, 1], [1, 4]), integers(1)], gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "MaxRoiPool, half an image", "MaxRoiPool", opset: 22, ["pooled_shape": .ints([1, 1])],
                [floats([1], [1, 1, 1, 1]), floats([0.5, 0, 0, 1, 1], [1, 5])], gives: [x]), .invalidInput
        ),
        (
            NodeCase(
                "Compress, true beyond the end", "Compress", opset: 11, ["axis": .int(0)],
                [x, tensor([false, false, true], [3])], gives: [x]), .invalidModel
        ),
        (
            NodeCase("Scatter was removed after opset 10", "Scatter", opset: 11, [x, x, x], gives: [x]), .invalidModel
        ),
        (
            NodeCase(
                "ScatterElements-13 only replaces", "ScatterElements", opset: 13, ["reduction": .string("add")],
                [x, tensor([Int64(0)], [1, 1]), floats([0], [1, 1])], gives: [x]), .invalidModel
        ),
        (
            NodeCase(
                "CumSum over an axis that there is not", "CumSum", opset: 14, [x, integers(2)], gives: [x]),
            .invalidModel
        ),
        (
            NodeCase(
                "DFT along the parts", "DFT", opset: 20,
                [floats([1, 2], [1, 2, 1]), nil, tensor([-1] as [Int64], [])], gives: [x]),
            .invalidModel
        ),
        (
            NodeCase(
                "DFT of no length", "DFT", opset: 20, [floats([1, 2], [1, 2, 1]), tensor([0] as [Int64], [])],
                gives: [x]), .unsupported
        ),
        (
            NodeCase(
                "STFT with frames longer than the signal", "STFT", opset: 17,
                [
                    floats([1, 2, 3], [1, 3, 1]), tensor([1] as [Int64], []), nil, tensor([4] as [Int64], []),
                ], gives: [x]),
            .invalidModel
        ),
        (
            NodeCase(
                "TensorScatter along the batch", "TensorScatter", opset: 24, ["axis": .int(0)], [x, x], gives: [x]),
            .invalidModel
        ),
        (
            NodeCase(
                "GridSample of a list", "GridSample", opset: 20, [x, floats([0, 0], [2, 1])], gives: [x]),
            .invalidModel
        ),
    ]

    @Test("are refused where they are wrong", arguments: refused.indices) func isRefused(index: Int) throws {
        let (item, code) = IndexFormTests.refused[index]
        #expect(try item.refusal() == code, "\(item.name)")
    }

    @Test(
        "equations that are none",
        arguments: [
            "", "ij,jk->ik", "ij->ijk", "ij->ii", "i->i", "i...j...", "i1", "i.j", "ij->j->i", "ii",
        ])
    func equations(text: String) throws {
        let item = NodeCase(
            text, "Einsum", opset: 12, ["equation": .string(text)], [IndexFormTests.x],
            gives: [IndexFormTests.x])
        #expect(try item.refusal() == .invalidModel, "\(text)")
    }

    @Test("boxes that follow from an input of the model are known when a plan is made for it") func boxesOfAnInput()
        throws
    {
        var builder = GraphBuilder(name: "boxes", opset: 11)
        let large = builder.input("large", DeclaredType(.float32, [.fixed(5000)]))
        let shape = builder.constant("shape", integers(1, 1250, 4))
        let scores = builder.constant("scores", try Tensor(.float32, shape: [1, 1, 1250]))
        let most = builder.constant("most", integers(1))
        let boxes = try builder.node("Reshape", "boxes", [large, shape])
        builder.output(try builder.node("NonMaxSuppression", "selected", [boxes, scores, most]))
        let graph = builder.graph
        #expect(
            try Engine(Model(graph: graph)).runBlocking(["large": Tensor(.float32, shape: [5000])])["selected"]?.shape
                .rank == 2
        )
    }
}
