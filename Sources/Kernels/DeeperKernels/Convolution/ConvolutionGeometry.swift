/// Everything that the computation of one image depends on: extents, window, channels, groups and element types, but
/// neither pitches nor the batch.
///
/// It is the key of measured choices. Files store it as its ``description``, from which it can be made again.
public struct ConvolutionGeometry: Sendable, Hashable {
    public var window: WindowGeometry
    public var inputChannels: Int
    public var outputChannels: Int
    public var groups: Int
    public var types: ProductRoutine.Types

    init(
        window: WindowGeometry, inputChannels: Int, outputChannels: Int, groups: Int,
        types: ProductRoutine.Types = .float32
    ) {
        self.window = window
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.types = types
    }
}

extension ConvolutionShape {
    /// The geometry of one image, computed in float32.
    public var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            window: window, inputChannels: inputChannels, outputChannels: outputChannels, groups: groups)
    }
}

extension ConvolutionGeometry: LosslessStringConvertible {
    /// For example "96x28x28 to 128x28x28, 3x3, pad 1x1". Other properties appear only if they are not 1, or not 0 for
    /// the padding. The element types do not appear, because there is only one choice so far.
    public var description: String {
        var parts = [
            "\(inputChannels)x\(text(window.input)) to \(outputChannels)x\(text(window.output))", text(window.kernel),
        ]
        let one = SIMD3<Int>(repeating: 1)
        if window.stride != one { parts.append("stride \(text(window.stride))") }
        if window.dilation != one { parts.append("dilation \(text(window.dilation))") }
        if window.padBefore != SIMD3() { parts.append("pad \(text(window.padBefore, filler: 0))") }
        if groups > 1 { parts.append("groups \(groups)") }
        return parts.joined(separator: ", ")
    }

    /// Makes a geometry from its description; nil for any other text.
    public init?(_ description: String) {
        let parts = description.split(separator: ", ").map(String.init)
        guard parts.count >= 2, case let sides = parts[0].split(separator: " to ").map(String.init), sides.count == 2,
            let input = extents(sides[0]), let output = extents(sides[1]), input.count > 1, output.count > 1,
            let kernel = extents(parts[1])
        else { return nil }
        var named: [String: [Int]] = [:]
        for part in parts[2...] {
            let words = part.split(separator: " ").map(String.init)
            guard words.count == 2, let values = extents(words[1]) else { return nil }
            named[words[0]] = values
        }
        func axes(_ name: String, _ filler: Int) -> [Int] { named[name] ?? [filler, filler, filler] }
        let arrays = [
            Array(input[1...]), Array(output[1...]), kernel, axes("stride", 1), axes("dilation", 1), axes("pad", 0),
        ]
        guard arrays.allSatisfy({ $0.count <= 3 }) else { return nil }
        self.init(
            window: WindowGeometry(
                input: arrays[0], output: arrays[1], kernel: arrays[2], stride: arrays[3], dilation: arrays[4],
                padBefore: arrays[5]),
            inputChannels: input[0], outputChannels: output[0], groups: named["groups"]?.first ?? 1)
        // Texts that can be parsed but are not exactly a description are rejected.
        guard self.description == description else { return nil }
    }

    private func text(_ extents: SIMD3<Int>, filler: Int = 1) -> String {
        (extents[0] == filler ? [extents[1], extents[2]] : [extents[0], extents[1], extents[2]])
            .map(String.init).joined(separator: "x")
    }
}

/// The numbers of a text such as "96x28x28"; nil for any other text.
private func extents(_ text: String) -> [Int]? {
    let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    return numbers.contains(nil) || numbers.isEmpty ? nil : numbers.compactMap { $0 }
}
