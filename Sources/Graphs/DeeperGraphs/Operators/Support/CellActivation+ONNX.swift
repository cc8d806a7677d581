import DeeperKernels
import DeeperTensors

/// The parameters of the functions of recurrent cells. Functions that have parameters take theirs one after the other.
struct CellParameters {
    private var alphas: ArraySlice<Float>
    private var betas: ArraySlice<Float>

    init(alphas: [Float], betas: [Float]) {
        self.alphas = alphas[...]
        self.betas = betas[...]
    }

    /// - Throws: `invalidModel` if no parameter is left and there is no default.
    mutating func alpha(default value: Float? = nil) throws -> Float {
        try CellParameters.take(&alphas, value, "activation_alpha")
    }

    mutating func beta(default value: Float? = nil) throws -> Float {
        try CellParameters.take(&betas, value, "activation_beta")
    }

    private static func take(_ values: inout ArraySlice<Float>, _ value: Float?, _ name: String) throws -> Float {
        guard let result = values.popFirst() ?? value else {
            throw DeeperError(.invalidModel, "attribute \(name) has too few values")
        }
        return result
    }
}

extension CellActivation {
    /// Makes a function from its ONNX name, in upper or lower case.
    ///
    /// - Parameter parameters: the function takes its parameters from these; if none are left, it uses the defaults of
    ///   the operator of the same name.
    /// - Throws: `unsupported` for another name; `invalidModel` if parameters are missing.
    init(_ name: String, _ parameters: inout CellParameters) throws {
        switch name.lowercased() {
        case "sigmoid": self.init(.sigmoid)
        case "tanh": self.init(.tanh)
        case "relu": self.init(.identity, clamp: .relu)
        case "affine": self.init(.identity, outer: try parameters.alpha(), offset: try parameters.beta())
        case "leakyrelu": self.init(.leakyRelu(slope: try parameters.alpha(default: 0.01)))
        case "thresholdedrelu": self.init(.identity, threshold: try parameters.alpha(default: 1))
        case "scaledtanh": self.init(.tanh, inner: try parameters.beta(), outer: try parameters.alpha())
        case "hardsigmoid":
            self.init(
                .hardSigmoid(
                    slope: try parameters.alpha(default: 0.2), offset: try parameters.beta(default: 0.5)))
        case "elu": self.init(.elu(alpha: try parameters.alpha(default: 1)))
        case "softsign": self.init(.softsign)
        case "softplus": self.init(.softplus)
        default: throw DeeperError(.unsupported, "activation \(name.debugDescription) in a recurrent layer")
        }
    }
}
