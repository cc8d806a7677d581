#if CommandLine
import ArgumentParser
import DeeperImaging
import DeeperImport
import DeeperTensors
import FoundationEssentials

/// How pictures become the network's input: a preset, parts of which can be overridden.
struct PictureOptions: ParsableArguments {
    @Option(help: "Preprocessing: \(Preprocessing.presetNames.joined(separator: ", ")).")
    var preset: String?

    @Option(help: "Resize to N (shorter side), to NxM (width x height), or not at all: none.")
    var resize: String?

    @Option(help: "Cut N (square) or NxM out of the middle, or do not cut: none.")
    var crop: String?

    @Option(help: "Order of channels: rgb, bgr, or luma for one channel of grey.")
    var order: String?

    @Option(help: "Filter of the resize: nearest, bilinear, bicubic.")
    var filter: String?

    @Option(help: "Factor for the samples 0...255, applied before the mean is subtracted.")
    var scale: Double?

    @Option(
        help: "Mean to subtract from each channel, in the order of --order: A,B,C, or Caffe's file FILE.binaryproto.")
    var mean: String?

    @Option(help: "Number by which each channel is divided: A,B,C.")
    var std: String?

    /// Whether an option sets a single part of the preprocessing.
    var changesParts: Bool {
        [resize, crop, order, filter, mean, std].contains { $0 != nil } || scale != nil
    }

    func validate() throws {
        guard let preset, !Preprocessing.presetNames.contains(preset) else { return }
        throw ValidationError("--preset must be one of \(Preprocessing.presetNames.joined(separator: ", "))")
    }

    /// The preprocessing with the parts that options replace.
    func changing(_ base: Preprocessing) throws -> Preprocessing {
        var result = base
        if let order {
            guard let channels = Preprocessing.Channels(rawValue: order) else {
                throw ValidationError("--order must be rgb, bgr or luma")
            }
            if channels.count != result.channels.count {
                result.mean = Array(repeating: 0, count: channels.count)
                result.std = Array(repeating: 1, count: channels.count)
            }
            result.channels = channels
        }
        if let filter {
            guard let value = ResizeFilter(rawValue: filter) else {
                throw ValidationError("--filter must be nearest, bilinear or bicubic")
            }
            result.filter = value
        }
        if let resize {
            let extent = try extent(resize, "--resize")
            result.resize = extent.map { extent in
                resize.contains("x")
                    ? .exact(width: extent.width, height: extent.height) : .shorterSide(length: extent.width)
            }
        }
        if let crop { result.centreCrop = try extent(crop, "--crop") }
        if let scale { result.scale = scale }
        if let mean { result.mean = try means(mean, result) }
        if let std { result.std = try list(std, "--std", result.channels.count) }
        return result
    }

    /// A mean of Caffe is that of samples of 0...255, and its channels are blue, green and red.
    private func means(_ text: String, _ preprocessing: Preprocessing) throws -> [Double] {
        let channels = preprocessing.channels
        guard text.hasSuffix(".binaryproto") else { return try list(text, "--mean", channels.count) }
        let means = try CaffeModel.channelMeans(of: text).map { $0 * preprocessing.scale }
        guard means.count == channels.count else {
            throw DeeperError(
                .invalidModel, "the mean has \(means.count) channels, the preprocessing has \(channels.count)"
            ).within(text)
        }
        return channels == .rgb ? means.reversed() : means
    }

    private func extent(_ text: String, _ option: String) throws -> Extent? {
        if text == "none" { return nil }
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.map { (1...65_535).contains($0) } ?? false }),
            let width = parts[0], let height = parts[parts.count - 1]
        else { throw ValidationError("\(option) must be N, NxM or none, each 1 to 65535") }
        return Extent(width: width, height: height)
    }

    private func list(_ text: String, _ option: String, _ count: Int) throws -> [Double] {
        let values = text.split(separator: ",").compactMap { Double($0) }
        if values.count == 1 { return Array(repeating: values[0], count: count) }
        guard values.count == count, values.count == text.split(separator: ",").count else {
            throw ValidationError("\(option) must be one number or \(count), separated by commas")
        }
        return values
    }
}
#endif
