#if Server
internal import Deeper
internal import Imaging

/// How a served model's pictures are prepared and what its classes are called: as the source says, otherwise as the
/// model says, otherwise as is usual, with a note.
struct ServedClassifier {
    let preprocessing: Preprocessing
    let labels: [String]?
    /// The labels for pictures: ``labels``, or ImageNet's if 1,000 classes have no labels and pictures are prepared as
    /// for ImageNet's networks. Clients that send tensors know more about the network than the server does, so nothing
    /// is guessed for them.
    let pictureLabels: [String]?
    private(set) var notes: [String] = []

    init(_ source: ModelSource, _ model: Model) {
        var preset = source.preprocessing
        if preset == nil, model.preprocessing == nil, ServedClassifier.mayTakePictures(model) {
            notes.append("no preprocessing known for pictures, assuming preset caffe; \"preset\" sets another")
        }
        if model.preprocessing == nil { preset = preset ?? .caffe }
        if let preset {
            preprocessing = model.pictureExtent.map(preset.fitted) ?? preset
        } else {
            preprocessing = model.preprocessing ?? .caffe
        }
        labels = source.labels ?? model.labels
        guard labels == nil, let preset, [.caffe, .torchvision].contains(preset),
            model.classCount == ImageNetClasses.names.count
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
        model.inputs.count == 1 && model.inputs[0].type.elementType == .float32
            && [nil, 4].contains(model.inputs[0].type.dimensions?.count)
    }
}
#endif
