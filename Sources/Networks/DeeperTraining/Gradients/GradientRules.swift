import DeeperGraphs
import DeeperTensors

/// The rule for training an operator: it records the steps of the forward pass and a closure that later records those
/// of the backward pass.
protocol GradientRule: SendableMetatype {
    static func record(_ node: Node, _ tape: inout Tape) throws
}

/// The rules of all operators that can be trained.
enum GradientRules {
    private static let rules: [String: any GradientRule.Type] = [
        "Add": AddGradient.self,
        "AveragePool": PoolGradient.self,
        "BatchNormalization": BatchNormalizationGradient.self,
        "Clip": ActivationGradient.self,
        "Concat": ConcatGradient.self,
        "Conv": ConvGradient.self,
        "Dropout": DropoutGradient.self,
        "Flatten": ReshapeGradient.self,
        "Gemm": GemmGradient.self,
        "GlobalAveragePool": PoolGradient.self,
        "GlobalMaxPool": PoolGradient.self,
        "Identity": ReshapeGradient.self,
        "LRN": LRNGradient.self,
        "LogSoftmax": SoftmaxGradient.self,
        "MatMul": GemmGradient.self,
        "MaxPool": PoolGradient.self,
        "Relu": ActivationGradient.self,
        "Reshape": ReshapeGradient.self,
        "Softmax": SoftmaxGradient.self,
        "Squeeze": ReshapeGradient.self,
        "Sum": AddGradient.self,
    ]

    /// The operators that can be trained.
    static var names: [String] { rules.keys.sorted() }

    /// - Throws: `unsupported` for an operator without a rule.
    static func rule(for node: Node) throws -> any GradientRule.Type {
        guard let rule = rules[node.operatorName] else {
            throw DeeperError(
                .unsupported,
                "\(node.operatorName) cannot be trained; operators that can: \(names.joined(separator: ", "))")
        }
        return rule
    }
}
