#if Server
internal import Deeper
internal import DeeperGraphs
internal import DeeperImaging
internal import DeeperTensors

/// How a served model's pictures are prepared and what its classes are called: as the source specifies, otherwise as
/// the model specifies, otherwise as is usual, with a note.
struct ServedClassifier {
    let preprocessing: Preprocessing
    let labels: [String]?
    /// The labels for pictures: ``labels``, or ImageNet's if 1,000 classes have no labels and pictures are prepared as
    /// for ImageNet's networks. Clients that send tensors know more about the network than the server does, so no
    /// labels are guessed for them.
    let pictureLabels: [String]?
    private(set) var notes: [String] = []

    /// - Throws: `invalidInput` if the number of the source's labels differs from that of the model's classes, or the
    ///   model has no classes.
    init(_ source: ModelSource, _ model: Model) throws {
        var preset = source.preprocessing
        let own = [
            source.labels == nil && model.labels != nil ? "labels" : nil,
            source.preprocessing == nil && model.preprocessing != nil ? "preprocessing" : nil,
        ].compactMap(\.self)
        if !own.isEmpty { notes.append("\(own.joined(separator: " and ")) from the model") }
        if preset == nil, model.preprocessing == nil, ServedClassifier.mayTakePictures(model) {
            notes.append("no preprocessing known for pictures, assuming preset caffe; \"preset\" sets another")
        }
        if model.hasAmbiguousPictureLayout, ServedClassifier.mayTakePictures(model) {
            notes.append("the axes of pictures may be N x C x H x W or N x H x W x C; the first is taken")
        }
        if model.preprocessing == nil { preset = preset ?? .caffe }
        if let preset {
            preprocessing = model.pictureExtent.map(preset.fitted) ?? preset
        } else {
            preprocessing = model.preprocessing ?? .caffe
        }
        labels = source.labels ?? model.labels
        if let labels { try locating("labels of model \"\(source.name)\"") { try model.checkLabels(labels) } }
        guard labels == nil, let preset, [.caffe, .torchvision].contains(preset),
            ImageNetClasses.mayFit(model)
        else {
            pictureLabels = labels
            return
        }
        pictureLabels = ImageNetClasses.names
        notes.append(
            "1,000 classes without labels are taken for ImageNet's when a picture is classified; \"labels\" gives others"
        )
    }

    private static func mayTakePictures(_ model: Model) -> Bool {
        guard model.inputs.count == 1, model.inputs[0].type?.elementType.isScore == true else { return false }
        guard let dimensions = model.inputs[0].type?.dimensions else { return true }
        guard dimensions.count == 4 else { return false }
        if case .fixed(let channels) = dimensions[model.pictureLayout == .nchw ? 1 : 3] {
            return [1, 3].contains(channels)
        }
        return true
    }
}
#endif
