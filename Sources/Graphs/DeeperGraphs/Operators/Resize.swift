import DeeperKernels
import DeeperTensors

/// ONNX Resize: X resampled to another size, by nearest neighbour (any type), or by linear or cubic interpolation
/// (float32).
struct Resize: Operator {
    static let name = "Resize"
    static let inputCount = 1...4
    static let firstOpset = 10
    private let mode: Mode
    private let coordinates: ResizeCoordinates.Mode
    private let rounding: ResizeCoordinates.Rounding
    private let interpolation: ResizeInterpolation
    private let extrapolation: Float
    private let axes: [Int]?
    private let policy: AspectPolicy
    private let isOld: Bool

    private enum Mode: String, CaseIterable { case nearest, linear, cubic }

    /// How sizes that would change the picture's proportions are treated.
    private enum AspectPolicy: String, CaseIterable {
        case stretch
        case notLarger = "not_larger"
        case notSmaller = "not_smaller"
    }

    init(_ attributes: inout AttributeReader) throws {
        isOld = attributes.opset < 11
        mode = try attributes.choice("mode", default: .nearest)
        coordinates = try attributes.choice(
            "coordinate_transformation_mode", default: isOld ? .asymmetric : .halfPixel)
        rounding = try attributes.choice("nearest_mode", default: isOld ? .floor : .preferFloor)
        interpolation = ResizeInterpolation(
            isCubic: mode == .cubic,
            cubicCoefficient: Double(try attributes.float("cubic_coeff_a", default: -0.75)),
            isAntialiased: try attributes.flag("antialias"), excludesOutside: try attributes.flag("exclude_outside"))
        extrapolation = try attributes.float("extrapolation_value", default: 0)
        axes = try attributes.ints("axes")
        policy = try attributes.choice("keep_aspect_ratio_policy", default: .stretch)
    }

    var valueInputs: [Int] { [1, 2, 3] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let shape = try? inputs.shape(0) else { return false }
        return (try? coordinates(shape) { inputs.value($0) })?.first?.changesNothing ?? false
    }

    var shapeInputs: [Int] { isOld ? [] : [3] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard mode == .nearest || type.elementType == .float32 else {
            throw DeeperError(.unsupported, "\(mode.rawValue) Resize of \(type)")
        }
        let extents = try coordinates(type.shape) { inputs.has($0) ? try inputs.knownValue($0) : nil }
        return [TensorType(type.elementType, try DeeperTensors.Shape(validating: extents.map(\.outputExtent)))]
    }

    /// The mapping of positions for each axis of X.
    private func coordinates(
        _ shape: DeeperTensors.Shape, _ value: (Int) throws -> Tensor?
    ) throws -> [ResizeCoordinates] {
        let places = try resolveAxes(axes ?? Array(0..<shape.rank), rank: shape.rank)
        func list(_ input: Int, _ name: String, _ count: Int) throws -> [Double]? {
            guard let values = try value(input)?.doubles(), !values.isEmpty else { return nil }
            guard values.count == count else {
                throw DeeperError(.invalidModel, "\(name) has \(values.count) values, expected \(count)")
            }
            return values
        }
        let scales = try list(isOld ? 1 : 2, "scales", places.count)
        let sizes = isOld ? nil : try list(3, "sizes", places.count)
        let region = isOld ? nil : try list(1, "roi", 2 * places.count)
        if let bad = region?.first(where: { !(abs($0) <= 1e9) }) {
            throw DeeperError(.invalidModel, "roi contains \(bad), which is out of range")
        }
        guard (scales == nil) != (sizes == nil) else {
            throw DeeperError(.invalidModel, "exactly one of scales and sizes is required")
        }
        var result = shape.dimensions.map(ResizeCoordinates.init(keeping:))
        let extents = places.map { shape[$0] }
        let common = try sizes.flatMap { try commonRatio($0, extents) }
        for (index, axis) in places.enumerated() {
            let extent = extents[index]
            let resized: ResizeCoordinates?
            if let sizes {
                resized = resizedAxis(extent, to: sizes[index], common)
            } else {
                resized = resizedAxis(extent, by: Float(scales?[index] ?? 1))
            }
            guard var resized else {
                throw DeeperError(
                    .invalidModel,
                    "axis \(axis) of \(shape) cannot be resized "
                        + (sizes.map { "to \($0[index])" } ?? "by \(scales?[index] ?? 1)"))
            }
            if let region { resized.region = (region[index], region[places.count + index]) }
            result[axis] = resized
        }
        return result
    }

    /// An axis resized by a factor, or nil if the factor or the result is out of range. The output's extent is the
    /// float32 product rounded down, as exporters and engines compute it: 10 times 0.7 is 7.
    private func resizedAxis(_ extent: Int, by factor: Float) -> ResizeCoordinates? {
        let output = (Float(extent) * factor).rounded(.down)
        guard factor > 0, output < 1e9 else { return nil }
        return ResizeCoordinates(
            mode: coordinates, inputExtent: extent, outputExtent: Int(output), scale: .factor(factor))
    }

    private func resizedAxis(_ extent: Int, to size: Double, _ common: (Int, Int)?) -> ResizeCoordinates? {
        // An empty axis can only stay empty.
        guard (extent == 0 ? 0 : 1)...(extent == 0 ? 0 : 1e9) ~= size else { return nil }
        guard extent > 0 else { return ResizeCoordinates(keeping: 0) }
        guard let (numerator, denominator) = common else {
            return ResizeCoordinates(
                mode: coordinates, inputExtent: extent, outputExtent: Int(size), scale: .ratio(Int(size), extent))
        }
        let output = (2 * extent * numerator + denominator) / (2 * denominator)
        guard output < 1_000_000_000 else { return nil }
        return ResizeCoordinates(
            mode: coordinates, inputExtent: extent, outputExtent: output, scale: .ratio(numerator, denominator))
    }

    /// The common ratio of output to input that keeps the picture's proportions, if the policy requires one.
    private func commonRatio(_ sizes: [Double], _ extents: [Int]) throws -> (Int, Int)? {
        guard policy != .stretch, extents.allSatisfy({ $0 > 0 && $0 < 1_000_000_000 }),
            sizes.allSatisfy({ 1...1e9 ~= $0 })
        else { return nil }
        let ratios = zip(sizes, extents).map { (Int($0), $1) }
        let ascending = ratios.sorted { $0.0 * $1.1 < $1.0 * $0.1 }
        return policy == .notLarger ? ascending.first : ascending.last
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        interpolationCount(inputs, outputs, taps: mode == .nearest ? 1 : mode == .linear ? 2 : 4)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        coordinates == .cropAndResize ? .rowMajor(inputs: inputs.count, outputs: 1) : .resampling(inputs, outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        // If no extent changes, the picture is unchanged, even if the factor would move positions slightly.
        if input.shape == request.output.shape, coordinates != .cropAndResize, request.output.layout == .rowMajor {
            return .alias(input: 0)
        }
        let axes = try coordinates(input.shape) { request.hasInput($0) ? try request.knownValue($0) : nil }
        if request.output.layout == .channelsLast {
            return try request.resampling(
                axes.map { axis in
                    mode == .nearest
                        ? .nearest(axis) { axis.nearest($0, rounding: rounding) } : interpolation.axis(axis)
                })
        }
        if mode == .nearest {
            let tables = axes.map { axis in
                (0..<axis.outputExtent).map { axis.isOutside($0) ? -1 : axis.nearest($0, rounding: rounding) }
            }
            let fill = try Tensor([extrapolation], shape: [1]).converted(to: input.elementType)
            let kernel = try IndexedCopyKernel(
                "nearest", elementType: input.elementType, tables: tables, sourceStrides: input.strides,
                targetStrides: request.output.strides, fill: fill)
            return .kernel(kernel, inputs: [0])
        }
        return .kernel(
            ResampleKernel(axes: axes.map(interpolation.axis), extrapolation: extrapolation), inputs: [0])
    }
}
