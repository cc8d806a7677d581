import Kernels
import Tensors

/// ONNX Resize: X at another size, by nearest neighbour (any type), linear or cubic interpolation (float32).
struct Resize: Operator {
    static let name = "Resize"
    static let inputCount = 1...4
    static let firstOpset = 10
    private let mode: String
    private let coordinates: String
    private let rounding: String
    private let interpolation: ResizeInterpolation
    private let extrapolation: Float
    private let axes: [Int]?
    private let policy: String
    private let isOld: Bool

    init(_ attributes: inout AttributeReader) throws {
        isOld = attributes.opset < 11
        mode = try attributes.string("mode", default: "nearest", oneOf: ["nearest", "linear", "cubic"])
        coordinates = try attributes.string(
            "coordinate_transformation_mode", default: isOld ? "asymmetric" : "half_pixel",
            oneOf: ResizeCoordinates.modes)
        rounding = try attributes.string(
            "nearest_mode", default: isOld ? "floor" : "round_prefer_floor",
            oneOf: ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
        interpolation = ResizeInterpolation(
            isCubic: mode == "cubic",
            cubicCoefficient: Double(try attributes.float("cubic_coeff_a", default: -0.75)),
            isAntialiased: try attributes.flag("antialias"), excludesOutside: try attributes.flag("exclude_outside"))
        extrapolation = try attributes.float("extrapolation_value", default: 0)
        axes = try attributes.ints("axes")
        policy = try attributes.string(
            "keep_aspect_ratio_policy", default: "stretch", oneOf: ["stretch", "not_larger", "not_smaller"])
    }

    var valueInputs: [Int] { [1, 2, 3] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard mode == "nearest" || type.elementType == .float32 else {
            throw DeeperError(.unsupported, "\(mode) Resize of \(type)")
        }
        let extents = try coordinates(type.shape) { inputs.has($0) ? try inputs.knownValue($0) : nil }
        return [TensorType(type.elementType, try Tensors.Shape(validating: extents.map(\.outputExtent)))]
    }

    /// One mapping for each axis of X.
    private func coordinates(
        _ shape: Tensors.Shape, _ value: (Int) throws -> Tensor?
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
            throw DeeperError(.invalidModel, "roi holds \(bad)")
        }
        guard (scales == nil) != (sizes == nil) else {
            throw DeeperError(.invalidModel, "exactly one of scales and sizes is required")
        }
        var result = shape.dimensions.map { extent in
            ResizeCoordinates(mode: "asymmetric", inputExtent: extent, outputExtent: extent, scale: 1)
        }
        let common = try sizes.flatMap { try commonScale($0, places.map { shape[$0] }) }
        for (index, axis) in places.enumerated() {
            let extent = shape[axis]
            let output: Double
            let scale: Double
            if let sizes {
                // An empty axis gives an infinite scale, which is refused below.
                scale = common ?? sizes[index] / Double(extent)
                output = common == nil ? sizes[index] : (scale * Double(extent)).rounded()
            } else {
                scale = scales?[index] ?? 1
                output = (Double(extent) * scale).rounded(.down)
            }
            guard scale > 0, output >= 0, output < 1e9, extent > 0 else {
                throw DeeperError(.invalidModel, "axis \(axis) of \(shape) cannot be resized by \(scale)")
            }
            result[axis] = ResizeCoordinates(
                mode: coordinates, inputExtent: extent, outputExtent: Int(output), scale: scale)
            if let region { result[axis].region = (region[index], region[places.count + index]) }
        }
        return result
    }

    /// The one scale that keeps the picture's proportions, where the policy asks for it.
    private func commonScale(_ sizes: [Double], _ extents: [Int]) throws -> Double? {
        guard policy != "stretch", extents.allSatisfy({ $0 > 0 }) else { return nil }
        let scales = zip(sizes, extents).map { $0 / Double($1) }
        return policy == "not_larger" ? scales.min() : scales.max()
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        interpolationCount(inputs, outputs, taps: mode == "nearest" ? 1 : mode == "linear" ? 2 : 4)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let axes = try coordinates(input.shape) { request.hasInput($0) ? try request.knownValue($0) : nil }
        if mode == "nearest" {
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
