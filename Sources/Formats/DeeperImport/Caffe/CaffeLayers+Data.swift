import DeeperGraphs
import DeeperTensors

// Layers that read data, which become inputs of the network.
extension CaffeLayers {
    @Sendable static func data(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 0...0, tops: 1...64)
        let names = [
            "data_param", "image_data_param", "memory_data_param", "window_data_param", "hdf5_data_param",
            "dummy_data_param", "input_param", "annotated_data_param",
        ]
        var parameters = CaffeParameters(
            "the layer's data", try names.flatMap { try layer.parameters.messages($0) })
        var transform = try layer.parameters.parameters("transform_param")
        parameters.ignore(
            "source", "backend", "rand_skip", "shuffle", "prefetch", "force_encoded_color", "root_folder", "is_color",
            "mirror", "fg_threshold", "bg_threshold", "fg_fraction", "context_pad", "crop_mode", "cache_images",
            "data_filler", "label_map_file", "batch_sampler", "anno_type", "new_height", "new_width")
        var shapes = try parameters.messages("shape").map { try CaffeNet.extents($0) }
        let crops = [try transform.int("crop_size"), try parameters.int("crop_size")]
        // 0 is no crop.
        let crop = crops.compactMap { $0 }.first { $0 != 0 }
        let means = try transform.floats("mean_value")
        let colours = (
            try transform.flag("force_color", default: false), try transform.flag("force_gray", default: false)
        )
        let size = try resized(&transform, &parameters)
        let given = (
            try parameters.ints("num"), try parameters.ints("channels"), try parameters.ints("height"),
            try parameters.ints("width")
        )
        let batch = try parameters.int("batch_size") ?? 1
        let tops = layer.layer.tops
        let isMadeUp = layer.layer.type == "DummyData"
        if shapes.isEmpty, isMadeUp {
            func value(_ values: [Int], _ index: Int) -> Int? { index < values.count ? values[index] : values.last }
            shapes = tops.indices.compactMap { index in
                guard let n = value(given.0, index), let c = value(given.1, index), let h = value(given.2, index),
                    let w = value(given.3, index)
                else { return nil }
                return [n, c, h, w]
            }
        }
        if shapes.isEmpty {
            let exact = size.flatMap { $0.keepsAspect ? nil : $0 }
            let (height, width) = (crop ?? given.2.last ?? exact?.height, crop ?? given.3.last ?? exact?.width)
            let read = try net.channelsRead(from: tops[0])
            let channels = colours.0 ? 3 : colours.1 ? 1 : given.1.last ?? read ?? (means.count > 1 ? means.count : nil)
            guard let height, let width, let channels, layer.layer.type != "Input" else {
                throw DeeperError(
                    .unsupported,
                    layer.layer.type == "Input"
                        ? "the Input layer has no shape"
                        : "the shape of the data is not in the text; replace the layer by an Input layer with a shape")
            }
            shapes = [[batch, channels, height, width]]
        }
        let haveLabels = !isMadeUp && layer.layer.type != "Input"
        for (index, top) in tops.enumerated() {
            // A label has one number for each picture.
            let isLabel = haveLabels && shapes.count == 1 && index > 0
            let extents =
                isLabel
                ? Array(shapes[0].prefix(1))
                : shapes.count == 1 ? shapes[0] : index < shapes.count ? shapes[index] : nil
            guard let extents else {
                throw DeeperError(.invalidModel, "\(shapes.count) shapes for \(tops.count) tops")
            }
            try net.add(CaffeNet.Input(name: top, extents: extents))
        }
        try addTransform(&net, layer, &transform, &parameters, means: means, crop: crop, size: size, shape: shapes[0])
        try parameters.finish()
    }

    /// How pictures are resized before they are cropped.
    private static func resized(
        _ transform: inout CaffeParameters, _ parameters: inout CaffeParameters
    ) throws -> ImportedPreprocessing.Resize? {
        if var resize = try transform.messages("resize_param").last.map({ CaffeParameters("resize_param", [$0]) }) {
            let modes = ["WARP", "FIT_SMALL_SIZE", "FIT_LARGE_SIZE_AND_PAD"]
            let mode = try resize.choice("resize_mode", modes, numberedFrom: 1) ?? "WARP"
            resize.ignore("prob", "interp_mode", "pad_mode", "pad_value", "height_scale", "width_scale")
            let (height, width) = (try resize.int("height") ?? 0, try resize.int("width") ?? 0)
            try resize.finish()
            let keepsAspect = mode == "FIT_SMALL_SIZE"
            guard mode == "WARP" || keepsAspect && height == width else {
                throw DeeperError(.unsupported, "resize_mode \(mode) to \(width) x \(height)")
            }
            if height > 0, width > 0 { return .init(height: height, width: width, keepsAspect: keepsAspect) }
        }
        let size = (try parameters.int("new_height"), try parameters.int("new_width"))
        guard let height = size.0, let width = size.1, height > 0, width > 0 else { return nil }
        return .init(height: height, width: width)
    }

    /// What the layer does to the data: (x - mean) * scale. A mean of one number for each channel becomes the model's
    /// preprocessing; a mean image is subtracted by the network.
    private static func addTransform(
        _ net: inout CaffeGraphBuilder, _ layer: CaffeLayerContext, _ transform: inout CaffeParameters,
        _ parameters: inout CaffeParameters, means: [Float], crop: Int?, size: ImportedPreprocessing.Resize?,
        shape: [Int]
    ) throws {
        transform.ignore("mirror", "emit_constraint", "distort_param", "expand_param", "noise_param")
        // Before 2014, the layer's own parameters had them.
        let scales = (try transform.float("scale"), try parameters.float("scale"))
        let files = (try transform.text("mean_file"), try parameters.text("mean_file"))
        let (scale, meanFile) = (scales.0 ?? scales.1 ?? 1, files.0 ?? files.1)
        try transform.finish()
        guard !means.isEmpty || meanFile != nil || scale != 1 || crop != nil || size != nil else { return }
        guard shape.count == 4 else {
            throw DeeperError(.unsupported, "a transformation of data of the shape \(shape), expected four axes")
        }
        guard means.isEmpty || [1, shape[1]].contains(means.count), means.isEmpty || meanFile == nil else {
            throw DeeperError(.invalidModel, "\(means.count) mean_value for \(shape[1]) channels, or both means")
        }
        var mean = means.count == 1 ? Array(repeating: means[0], count: shape[1]) : means
        if mean.isEmpty { mean = Array(repeating: 0, count: shape[1]) }
        var size = size
        if let meanFile {
            let blob = try net.readFile(meanFile)
            let picture = try meanPicture(blob, shape)
            try net.subtract(picture, scale: scale, from: layer.layer.tops[0], layer.name)
            // Caffe demands pictures of the size of the mean.
            size = .init(height: blob.extents[blob.extents.count - 2], width: blob.extents[blob.extents.count - 1])
        }
        let name = layer.layer.tops[0]
        guard [1, 3].contains(shape[1]) else {
            // No picture has so many channels, so the network does what pictures would need.
            guard meanFile == nil, !means.isEmpty || scale != 1 else { return }
            return try net.subtract(
                Tensor(mean, shape: [shape[1], 1, 1]), scale: scale, from: name, layer.name)
        }
        net.preprocessing[name] = ImportedPreprocessing(
            size: size, crop: crop, channels: shape[1] == 3 ? .bgr : .luma, scale: meanFile == nil ? Double(scale) : 1,
            mean: meanFile == nil ? mean.map { Double($0) * Double(scale) } : mean.map(Double.init))
    }

    /// The middle of a mean image, as tall and wide as the input.
    private static func meanPicture(_ blob: CaffeBlob, _ shape: [Int]) throws -> Tensor {
        let extents = Array(blob.extents.suffix(3))
        guard extents.count == 3, extents[0] == shape[1], extents[1] >= shape[2], extents[2] >= shape[3],
            blob.elementCount == extents.reduce(1, *)
        else {
            throw DeeperError(.invalidModel, "the mean has the shape \(blob.extents), the input \(shape)")
        }
        let all = try blob.tensor(Shape(validating: extents)).elements(as: Float.self)
        let (top, left) = ((extents[1] - shape[2]) / 2, (extents[2] - shape[3]) / 2)
        var result: [Float] = []
        for channel in 0..<extents[0] {
            for row in top..<top + shape[2] {
                let start = (channel * extents[1] + row) * extents[2] + left
                result += all[start..<start + shape[3]]
            }
        }
        return try Tensor(result, shape: Shape([extents[0], shape[2], shape[3]]))
    }
}
