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
        var shapes = try parameters.messages("shape").map { try CaffeNet.extents($0) }
        let crop = try transform.int("crop_size") ?? parameters.int("crop_size")
        _ = try parameters.int("crop_size")
        let means = try transform.floats("mean_value")
        let channels =
            try transform.flag("force_color", default: false)
            ? 3
            : transform.flag("force_gray", default: false) ? 1 : try parameters.int("channels")
        let size = try resized(&transform, &parameters)
        let height = try crop ?? parameters.int("height") ?? size?.height
        let width = try crop ?? parameters.int("width") ?? size?.width
        let batch = try parameters.int("batch_size") ?? parameters.int("num") ?? 1
        let tops = layer.layer.tops
        if shapes.isEmpty {
            guard let height, let width else {
                throw DeeperError(
                    .unsupported,
                    "the shape of the data is not in the text; replace the layer by an Input layer with a shape")
            }
            let read = try net.channelsRead(from: tops[0])
            guard let known = channels ?? read ?? (means.isEmpty ? nil : means.count) else {
                throw DeeperError(
                    .unsupported,
                    "the number of channels is not in the text; replace the layer by an Input layer with a shape")
            }
            shapes = [[batch, known, height, width]]
        }
        for (index, top) in tops.enumerated() {
            // A label has one number for each picture.
            let extents =
                shapes.count == 1 && index > 0 && shapes[0].count == 4 && layer.layer.type != "Input"
                ? [shapes[0][0]] : shapes.count == 1 ? shapes[0] : index < shapes.count ? shapes[index] : nil
            guard let extents else {
                throw DeeperError(.invalidModel, "\(shapes.count) shapes for \(tops.count) tops")
            }
            try net.add(CaffeNet.Input(name: top, extents: extents))
        }
        try addTransform(&net, layer, &transform, &parameters, means: means, crop: crop, size: size, shape: shapes[0])
    }

    /// The size to which pictures are resized before they are cropped.
    private static func resized(
        _ transform: inout CaffeParameters, _ parameters: inout CaffeParameters
    ) throws -> (height: Int, width: Int)? {
        if var resize = try transform.messages("resize_param").last.map({ CaffeParameters("resize_param", [$0]) }) {
            guard
                try resize.choice("resize_mode", ["WARP", "FIT_SMALL_SIZE", "FIT_LARGE_SIZE_AND_PAD"]) ?? "WARP"
                    == "WARP"
            else { throw DeeperError(.unsupported, "a resize_mode other than WARP") }
            resize.ignore("prob", "interp_mode", "pad_mode", "pad_value", "height_scale", "width_scale")
            let size = (try resize.int("height"), try resize.int("width"))
            try resize.finish()
            if let height = size.0, let width = size.1, height > 0, width > 0 { return (height, width) }
        }
        let size = (try parameters.int("new_height"), try parameters.int("new_width"))
        guard let height = size.0, let width = size.1, height > 0, width > 0 else { return nil }
        return (height, width)
    }

    /// What the layer does to the data: (x - mean) * scale. A mean of one number for each channel becomes the model's
    /// preprocessing; a picture of means is subtracted by the network.
    private static func addTransform(
        _ net: inout CaffeGraphBuilder, _ layer: CaffeLayerContext, _ transform: inout CaffeParameters,
        _ parameters: inout CaffeParameters, means: [Float], crop: Int?, size: (height: Int, width: Int)?, shape: [Int]
    ) throws {
        transform.ignore("mirror", "emit_constraint", "distort_param", "expand_param", "noise_param")
        let scale = try transform.float("scale") ?? parameters.float("scale") ?? 1
        _ = try parameters.float("scale")
        let meanFile = try transform.text("mean_file") ?? parameters.text("mean_file")
        _ = try parameters.text("mean_file")
        try transform.finish()
        guard shape.count == 4, [1, 3].contains(shape[1]) else { return }
        guard !means.isEmpty || meanFile != nil || scale != 1 || crop != nil || size != nil else { return }
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
            size = (blob.extents[blob.extents.count - 2], blob.extents[blob.extents.count - 1])
        }
        net.preprocessing = CaffePreprocessing(
            size: size, crop: crop, isColour: shape[1] == 3, scale: meanFile == nil ? Double(scale) : 1,
            mean: meanFile == nil ? mean.map { Double($0) * Double(scale) } : mean.map(Double.init))
    }

    /// The middle of a picture of means, as tall and wide as the input.
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
