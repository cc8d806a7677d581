internal import DeeperKernels
public import DeeperTensors

/// ONNX Pad: X with a border, which is a constant, X's mirror image, its edge, or X wrapped around. Negative pads crop.
public struct Pad: Operator {
    public static let name = "Pad"
    public static let inputCount = 1...4

    /// What the border consists of.
    public enum Mode: String, Sendable, CaseIterable { case constant, reflect, edge, wrap }

    public let mode: Mode
    private let pads: [Int]?
    private let value: Float

    public init(_ attributes: inout AttributeReader) throws {
        mode = try attributes.choice("mode", default: .constant)
        let isOld = attributes.opset < 11
        pads = isOld ? try attributes.ints("pads") : nil
        value = isOld ? try attributes.float("value", default: 0) : 0
    }

    public var valueInputs: [Int] { [1, 2, 3] }

    /// The border before and after every axis of a tensor of the given rank, from the node's known values.
    public func borders(rank: Int, pads given: Tensor?, axes: Tensor?) throws -> [(before: Int, after: Int)] {
        guard let listed = try pads ?? given?.integers() else { throw DeeperError(.invalidModel, "pads are required") }
        let places = try resolveAxes(try axes?.integers() ?? Array(0..<rank), rank: rank)
        guard listed.count == 2 * places.count else {
            throw DeeperError(.invalidModel, "pads has \(listed.count) values, expected \(2 * places.count)")
        }
        let largest = WindowAttributes.largest
        if let bad = listed.first(where: { $0 > largest || $0 < -largest }) {
            throw DeeperError(.limitExceeded, "pads contains \(bad), which is out of range")
        }
        var borders = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
        for (index, axis) in places.enumerated() { borders[axis] = (listed[index], listed[places.count + index]) }
        return borders
    }

    /// The channels that a border adds before and after those of X; nil for any other border.
    public func channelBorder(_ inputs: NodeInputs) -> (before: Int, after: Int)? {
        guard mode == .constant, let rank = try? inputs.shape(0).rank, rank > 2,
            !inputs.has(2) || inputs.value(2) != nil,
            let borders = try? borders(rank: rank, pads: inputs.value(1), axes: inputs.value(3)),
            borders.enumerated().allSatisfy({ $0 == 1 ? $1.before >= 0 && $1.after >= 0 : $1 == (0, 0) })
        else { return nil }
        return borders[1]
    }

    /// The value of a constant border, from the node's known values.
    public func fill(_ given: Tensor?) throws -> Double { try given?.doubles().first ?? Double(value) }

    /// The same as a tensor of one element. A given value keeps its type: float64 cannot represent every int64.
    public func fillElement(_ given: Tensor?, of type: ElementType) throws -> Tensor {
        try given ?? Tensor([value], shape: [1]).converted(to: type)
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let rank = try? inputs.shape(0).rank,
            let borders = try? borders(rank: rank, pads: inputs.value(1), axes: inputs.value(3))
        else { return false }
        return borders.first.map { $0 == (0, 0) } ?? false
    }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        if inputs.has(2) {
            let fill = try inputs.type(2)
            guard fill.elementType == type.elementType, fill.shape.elementCount == 1 else {
                throw DeeperError(
                    .invalidModel, "the border's value is \(fill), expected a scalar of \(type.elementType)")
            }
        }
        let borders = try borders(
            rank: type.shape.rank, pads: inputs.has(1) ? try inputs.knownValue(1) : nil,
            axes: inputs.has(3) ? try inputs.knownValue(3) : nil)
        let dimensions = try zip(type.shape.dimensions, borders).map { extent, border in
            let result = extent + border.before + border.after
            guard result >= 0, mode == .constant || extent > 0 || result == 0 else {
                throw DeeperError(.invalidModel, "pads \(border) do not fit extent \(extent), mode \(mode.rawValue)")
            }
            return result
        }
        return [TensorType(type.elementType, try Shape(validating: dimensions))]
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let output = request.output
        let borders = try borders(
            rank: input.shape.rank, pads: request.hasInput(1) ? try request.knownValue(1) : nil,
            axes: request.hasInput(3) ? try request.knownValue(3) : nil)
        let order = output.layout.physicalAxes(rank: output.shape.rank)
        let tables = order.map { axis in
            (0..<output.shape[axis]).map { source($0 - borders[axis].before, extent: input.shape[axis]) }
        }
        let given = request.hasInput(2) ? try request.knownValue(2) : nil
        let kernel = try IndexedCopyKernel(
            "pad", elementType: output.elementType, tables: tables, sourceStrides: order.map { input.strides[$0] },
            targetStrides: order.map { output.strides[$0] }, fill: fillElement(given, of: output.elementType))
        return .kernel(kernel, inputs: [0])
    }

    /// The position in X that a position of Y takes its value from, or -1 for the constant.
    private func source(_ position: Int, extent: Int) -> Int {
        if (0..<extent).contains(position) { return position }
        switch mode {
        case .edge: return position < 0 ? 0 : extent - 1
        case .wrap: return ((position % extent) + extent) % extent
        case .reflect:
            guard extent > 1 else { return 0 }
            let period = 2 * (extent - 1)
            let phase = ((position % period) + period) % period
            return phase < extent ? phase : period - phase
        case .constant: return -1
        }
    }
}
