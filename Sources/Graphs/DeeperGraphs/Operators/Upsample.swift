import DeeperKernels
import DeeperTensors

/// ONNX Upsample (opset 7 to 9), Resize's predecessor: nearest neighbour or linear interpolation at positions x /
/// scale.
struct Upsample: Operator {
    static let name = "Upsample"
    static let inputCount = 1...2
    static let lastOpset = 9
    private let isLinear: Bool

    private enum Mode: String, CaseIterable { case nearest, linear }

    private let scales: [Float]?

    init(_ attributes: inout AttributeReader) throws {
        isLinear = try attributes.choice("mode", default: Mode.nearest) == .linear
        scales = attributes.opset < 9 ? try attributes.floats("scales") : nil
    }

    var valueInputs: [Int] { [1] }

    private func axes(_ shape: DeeperTensors.Shape, _ given: Tensor?) throws -> [ResizeCoordinates] {
        guard let factors = try scales ?? given?.elements(as: Float.self), factors.count == shape.rank else {
            throw DeeperError(.invalidModel, "scales are required, one for each axis of \(shape)")
        }
        return try zip(shape.dimensions, factors).map { extent, scale in
            let output = (Float(extent) * scale).rounded(.down)
            guard scale > 0, output < 1e9 else {
                throw DeeperError(.invalidModel, "shape \(shape) cannot be resized by \(factors)")
            }
            return ResizeCoordinates(
                mode: .asymmetric, inputExtent: extent, outputExtent: Int(output), scale: .factor(scale))
        }
    }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let shape = try? inputs.shape(0) else { return false }
        return (try? axes(shape, inputs.value(1)))?.first?.changesNothing ?? false
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard !isLinear || type.elementType == .float32 else {
            throw DeeperError(.unsupported, "linear Upsample of \(type)")
        }
        let axes = try axes(type.shape, inputs.has(1) ? try inputs.knownValue(1) : nil)
        return [TensorType(type.elementType, try DeeperTensors.Shape(validating: axes.map(\.outputExtent)))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        interpolationCount(inputs, outputs, taps: isLinear ? 2 : 1)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .resampling(inputs, outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        if input.shape == request.output.shape, request.output.layout == .rowMajor { return .alias(input: 0) }
        let axes = try axes(input.shape, request.hasInput(1) ? try request.knownValue(1) : nil)
        let filter = ResizeInterpolation(
            isCubic: false, cubicCoefficient: 0, isAntialiased: false, excludesOutside: false)
        if request.output.layout == .channelsLast {
            return try request.resampling(
                axes.map { axis in
                    isLinear ? filter.axis(axis) : .nearest(axis) { axis.nearest($0, rounding: .floor) }
                })
        }
        if isLinear {
            return .kernel(ResampleKernel(axes: axes.map(filter.axis), extrapolation: 0), inputs: [0])
        }
        let kernel = try IndexedCopyKernel(
            "nearest", elementType: input.elementType,
            tables: axes.map { axis in (0..<axis.outputExtent).map { axis.nearest($0, rounding: .floor) } },
            sourceStrides: input.strides, targetStrides: request.output.strides, fill: nil)
        return .kernel(kernel, inputs: [0])
    }
}
