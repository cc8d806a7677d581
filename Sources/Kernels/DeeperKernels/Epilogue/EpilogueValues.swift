internal import CDeeperKernels

/// An epilogue in the form that the loops read: the values of every column, in memory with a fixed address.
final class EpilogueValues: @unchecked Sendable {
    let byteCount: Int
    // Only the initialiser writes it.
    private let memory: [UnsafeMutablePointer<Float>]
    private let first: ck_epilogue

    /// Loops read whole panels of columns, and the last panel may have fewer columns.
    private static let mostPadding = 64

    init(_ epilogue: Epilogue, columns: Int) {
        var memory: [UnsafeMutablePointer<Float>] = []
        func keep(_ values: [Float]?) -> UnsafePointer<Float>? {
            guard let values else { return nil }
            precondition(values.count == columns, "\(values.count) values for \(columns) columns")
            let copy = UnsafeMutablePointer<Float>.allocate(capacity: columns + EpilogueValues.mostPadding)
            copy.initialize(repeating: 0, count: columns + EpilogueValues.mostPadding)
            for (index, value) in values.enumerated() { copy[index] = value }
            memory.append(copy)
            return UnsafePointer(copy)
        }
        let ending = epilogue.ending
        let (code, alpha, beta, slopes) = ending.activation.form
        first = ck_epilogue(
            scale: keep(epilogue.scale), bias: keep(epilogue.bias), residual: nil, residual_pitch: 0, activation: code,
            alpha: alpha, beta: beta, slopes: keep(slopes), lower: ending.clamp.lower, upper: ending.clamp.upper,
            has_affine: ending.endsWithClamp ? 0 : 1, factor: ending.factor, addend: ending.addend)
        self.memory = memory
        byteCount = memory.count * columns * MemoryLayout<Float>.size
    }

    deinit { for pointer in memory { pointer.deallocate() } }

    /// The epilogue of the columns from `column` on.
    func from(_ column: Int) -> ck_epilogue {
        var result = first
        if let scale = first.scale { result.scale = scale + column }
        if let bias = first.bias { result.bias = bias + column }
        if let slopes = first.slopes { result.slopes = slopes + column }
        return result
    }
}

extension ck_epilogue {
    /// The parts of an epilogue that need no memory of their own.
    init(
        scale: UnsafePointer<Float>? = nil, bias: UnsafePointer<Float>? = nil, residual: UnsafePointer<Float>? = nil,
        residualPitch: Int = 0, clamp: ClampRange = .unbounded
    ) {
        self.init(
            scale: scale, bias: bias, residual: residual, residual_pitch: residualPitch, activation: CK_IDENTITY,
            alpha: 0, beta: 0, slopes: nil, lower: clamp.lower, upper: clamp.upper, has_affine: 0, factor: 1, addend: 0)
    }
}

extension Activation {
    /// The line of `CK_ACTIVATIONS` and its parameters.
    var form: (code: ck_activation, alpha: Float, beta: Float, slopes: [Float]?) {
        switch self {
        case .identity: (CK_IDENTITY, 0, 0, nil)
        case .leakyRelu(let slope): (CK_LEAKY_RELU, slope, 0, nil)
        case .prelu(let slopes): (CK_LEAKY_RELU, 0, 0, slopes)
        case .sigmoid: (CK_SIGMOID, 0, 0, nil)
        case .swish(let alpha): (CK_SWISH, alpha, 0, nil)
        case .hardSigmoid(let slope, let offset): (CK_HARD_SIGMOID, slope, offset, nil)
        case .hardSwish: (CK_HARD_SWISH, 0, 0, nil)
        case .tanh: (CK_TANH, 0, 0, nil)
        case .gelu: (CK_GELU, 0, 0, nil)
        case .tanhGelu: (CK_TANH_GELU, 0, 0, nil)
        case .elu(let alpha): (CK_ELU, alpha, 0, nil)
        case .celu(let alpha): (CK_CELU, alpha, 0, nil)
        case .selu(let alpha, let scale): (CK_SELU, alpha * scale, scale, nil)
        case .softplus: (CK_SOFTPLUS, 0, 0, nil)
        case .softsign: (CK_SOFTSIGN, 0, 0, nil)
        case .mish: (CK_MISH, 0, 0, nil)
        case .exp: (CK_EXP, 0, 0, nil)
        case .log: (CK_LOG, 0, 0, nil)
        case .erf: (CK_ERF, 0, 0, nil)
        case .sqrt: (CK_SQRT, 0, 0, nil)
        case .reciprocal: (CK_RECIPROCAL, 0, 0, nil)
        case .square: (CK_SQUARE, 0, 0, nil)
        case .absolute: (CK_ABSOLUTE, 0, 0, nil)
        case .negative: (CK_NEGATIVE, 0, 0, nil)
        case .floor: (CK_FLOOR, 0, 0, nil)
        case .ceil: (CK_CEIL, 0, 0, nil)
        case .round: (CK_ROUND, 0, 0, nil)
        }
    }
}
