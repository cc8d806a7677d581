public import DeeperKernels
import DeeperTensors

/// How a window's padding is computed from extents if no pads are given (ONNX's auto_pad).
public enum AutoPad: String, Sendable, Hashable, CaseIterable {
    case notSet = "NOTSET"
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"
    case valid = "VALID"

    /// Whether the output's extent is the input's divided by the stride, rounded up.
    var isSame: Bool { self == .sameUpper || self == .sameLower }
}

/// The attributes that Conv, ConvTranspose and the poolings share, and the arithmetic of their spatial extents.
public struct WindowAttributes: Sendable, Hashable {
    public var kernelShape: [Int]?
    public var strides: [Int]?
    public var pads: [Int]?
    public var dilations: [Int]?
    public var autoPad: AutoPad
    public var ceilMode: Bool

    /// The largest allowed value. All values are below 2^31, so that no sum or product of a few of them overflows.
    static let largest = Int(Int32.max)

    /// Makes a window with fixed padding.
    ///
    /// - Throws: `invalidModel` for numbers that are too small to make sense, or beyond 2^31.
    public init(
        kernelShape: [Int]? = nil, strides: [Int]? = nil, pads: [Int]? = nil, dilations: [Int]? = nil,
        ceilMode: Bool = false
    ) throws {
        self.kernelShape = try WindowAttributes.checked(kernelShape, "kernel_shape", atLeast: 1)
        self.strides = try WindowAttributes.checked(strides, "strides", atLeast: 1)
        self.pads = try WindowAttributes.checked(pads, "pads", atLeast: 0)
        self.dilations = try WindowAttributes.checked(dilations, "dilations", atLeast: 1)
        self.autoPad = .notSet
        self.ceilMode = ceilMode
    }

    /// The attributes in ONNX's form.
    var attributes: [String: AttributeValue] {
        var result: [String: AttributeValue] = [:]
        if let kernelShape { result["kernel_shape"] = .ints(kernelShape) }
        if let strides { result["strides"] = .ints(strides) }
        if autoPad != .notSet {
            result["auto_pad"] = .string(autoPad.rawValue)
        } else if let pads {
            result["pads"] = .ints(pads)
        }
        if let dilations { result["dilations"] = .ints(dilations) }
        if ceilMode { result["ceil_mode"] = .int(1) }
        return result
    }

    init(_ attributes: inout AttributeReader, hasDilations: Bool = true, hasCeilMode: Bool = false) throws {
        kernelShape = try WindowAttributes.checked(attributes.ints("kernel_shape"), "kernel_shape", atLeast: 1)
        strides = try WindowAttributes.checked(attributes.ints("strides"), "strides", atLeast: 1)
        pads = try WindowAttributes.checked(attributes.ints("pads"), "pads", atLeast: 0)
        dilations =
            hasDilations ? try WindowAttributes.checked(attributes.ints("dilations"), "dilations", atLeast: 1) : nil
        autoPad = try attributes.choice("auto_pad", default: .notSet)
        ceilMode = hasCeilMode ? try attributes.flag("ceil_mode") : false
    }

    /// The window over all spatial axes of an input, and the padding after each of them.
    ///
    /// - Throws: `invalidModel` if attributes do not fit the rank or the kernel does not fit the input.
    public func window(input: [Int], kernel: [Int]) throws -> (geometry: WindowGeometry, padAfter: [Int]) {
        let rank = input.count
        guard (1...3).contains(rank) else {
            throw DeeperError(.unsupported, "\(rank) spatial axes, supported: 1 to 3")
        }
        let kernel = try expect(kernel, rank, "kernel_shape")
        let strides = try expect(strides ?? Array(repeating: 1, count: rank), rank, "strides")
        let dilations = try expect(dilations ?? Array(repeating: 1, count: rank), rank, "dilations")
        let pads = try expect(autoPad == .notSet ? pads ?? [] : [], 2 * rank, "pads", emptyMeans: 0)
        var output: [Int] = []
        var before: [Int] = []
        var after: [Int] = []
        for axis in 0..<rank {
            let reach = (kernel[axis] - 1) * dilations[axis] + 1
            let extent = input[axis]
            switch autoPad {
            case .sameUpper, .sameLower:
                let count = (extent + strides[axis] - 1) / strides[axis]
                let total = max(0, (count - 1) * strides[axis] + reach - extent)
                output.append(count)
                before.append(autoPad == .sameUpper ? total / 2 : total - total / 2)
                after.append(total - before[axis])
            case .notSet, .valid:
                before.append(pads[axis])
                after.append(pads[rank + axis])
                let room = extent + before[axis] + after[axis] - reach
                // With rounding up, a single overhanging window covers an input that is smaller than the window.
                guard room >= 0 || ceilMode && room > -strides[axis] && extent > 0 else {
                    throw DeeperError(
                        .invalidModel,
                        "the kernel reaches over \(reach) elements, axis \(axis + 2) with padding has only \(extent + before[axis] + after[axis])"
                    )
                }
                var count = (ceilMode ? room + strides[axis] - 1 : room) / strides[axis] + 1
                // A last window that would start in the padding after the picture is left out, as in Caffe and ONNX.
                if ceilMode, (count - 1) * strides[axis] >= extent + before[axis] { count -= 1 }
                output.append(count)
            }
        }
        let geometry = WindowGeometry(
            input: input, output: output, kernel: kernel, stride: strides, dilation: dilations, padBefore: before)
        return (geometry, after)
    }

    /// Only the output's spatial extents.
    func outputExtents(input: [Int], kernel: [Int]) throws -> [Int] {
        let window = try window(input: input, kernel: kernel).geometry
        return (3 - input.count..<3).map { window.output[$0] }
    }

    /// The kernel of a pooling, which cannot be taken from weights.
    public func requiredKernel() throws -> [Int] {
        guard let kernelShape else { throw DeeperError(.invalidModel, "attribute kernel_shape is required") }
        return kernelShape
    }

    var summary: String {
        var parts: [String] = []
        if let kernelShape { parts.append("kernel " + kernelShape.map(String.init).joined(separator: "x")) }
        if let strides, strides.contains(where: { $0 != 1 }) { parts.append("stride \(strides)") }
        if let pads, pads.contains(where: { $0 != 0 }) { parts.append("pads \(pads)") }
        if let dilations, dilations.contains(where: { $0 != 1 }) { parts.append("dilations \(dilations)") }
        if autoPad != .notSet { parts.append(autoPad.rawValue) }
        if ceilMode { parts.append("ceil") }
        return parts.joined(separator: ", ")
    }

    private func expect(_ values: [Int], _ count: Int, _ name: String, emptyMeans filler: Int? = nil) throws -> [Int] {
        if values.isEmpty, let filler { return Array(repeating: filler, count: count) }
        guard values.count == count else {
            throw DeeperError(.invalidModel, "\(name) has \(values.count) values, expected \(count)")
        }
        return values
    }

    static func checked(_ values: [Int]?, _ name: String, atLeast least: Int) throws -> [Int]? {
        if let bad = values?.first(where: { $0 < least || $0 > largest }) {
            throw DeeperError(.invalidModel, "\(name) holds \(bad), expected \(least) to \(largest)")
        }
        return values
    }
}
