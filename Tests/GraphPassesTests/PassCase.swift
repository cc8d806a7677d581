import DeeperGraphs
import DeeperKernels
import DeeperTensors
import Testing

@testable import DeeperPasses

/// A small network, and what one pass makes of it.
struct PassCase: Sendable, CustomTestStringConvertible {
    let name: String
    let pass: any Pass.Type
    /// The nodes, in order, as ``sketch(_:)`` writes them.
    let before: String
    let after: String
    let build: @Sendable (inout Net) throws -> Void
    /// Whether the network is small enough to be run.
    var runs = true

    var testDescription: String { "\(pass.name): \(name)" }
    /// Whether the pass must leave the network alone.
    var isNegative: Bool { before == after }

    init(
        _ name: String, _ pass: any Pass.Type, _ before: String, becomes after: String,
        _ build: @escaping @Sendable (inout Net) throws -> Void
    ) {
        self.name = name
        self.pass = pass
        self.before = before
        self.after = after
        self.build = build
    }

    /// A negative twin: one thing is different, and nothing may happen.
    init(
        _ name: String, _ pass: any Pass.Type, stays before: String, runs: Bool = true,
        _ build: @escaping @Sendable (inout Net) throws -> Void
    ) {
        self.init(name, pass, before, becomes: before, build)
        self.runs = runs
    }

    static let all: [PassCase] =
        gatherConstants + sinkDequantization + foldQuantization + foldConstants + dropIdentityAndDropout
        + keepChannelsFirst
        + foldPadIntoWindow
        + foldBatchNormIntoConv
        + foldAffineIntoConv
        + foldAffineIntoConvTranspose + foldBatchNormIntoMatMul + fuseBiasIntoGemm + fuseBiasIntoMatMul
        + mergeParallelConvolutions + recogniseActivations + fuseResidual
        + fuseActivation
        + mergeSiblingConvolutions + removeDeadNodes
}

/// The operators of a graph. `+` marks a fused activation, `&` a convolution that adds a residual, `|3` a convolution with three outputs.
func sketch(_ graph: Graph) -> String {
    graph.nodes.map { node in
        switch node.operation {
        case let conv as Conv:
            node.operatorName + (conv.addsResidual ? "&" : "") + (conv.ending == .none ? "" : "+")
                + (conv.outputFilters == nil ? "" : "|\(node.outputs.count)")
        case let conv as any ResidualOperator: node.operatorName + (conv.addsResidual ? "&" : "")
        case let other as any ActivatingOperator: node.operatorName + (other.ending == .none ? "" : "+")
        default: node.operatorName
        }
    }.joined(separator: " ")
}

extension KernelOptions {
    static func plain() throws -> KernelOptions { try KernelOptions(gemm: ReferenceGemm(), instructionSet: .portable) }
}
