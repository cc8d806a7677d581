internal import CDeeperImageNetClasses

/// The 1,000 classes of ImageNet's 2012 challenge (ILSVRC 2012), in the order of the outputs of the networks of Caffe,
/// torchvision and others that were trained on it.
///
/// A class is a synset of WordNet 3.0. Its wnid is "n" and the synset's eight-digit number; the folders of ImageNet's
/// pictures have wnids as their names. The name of a class is the list of the synset's words: "n01440764" is "tench,
/// Tinca tinca". Two classes, a bird and a machine, are both named "crane".
///
/// WordNet's licence permits the copy: Sources/Engine/CDeeperImageNetClasses/LICENSE-WordNet.txt.
public enum ImageNetClasses {
    /// The names by output position.
    public static let names = lines.map { String($0[$0.index($0.startIndex, offsetBy: wnidLength + 1)...]) }

    /// The wnids by output position, in ascending order.
    public static let wnids = lines.map { String($0.prefix(wnidLength)) }

    /// Whether a model without labels may be one of ImageNet's networks: its first output is a row of 1,000 scores for
    /// each picture.
    public static func mayFit(_ model: Model) -> Bool {
        (try? model.graph.scoreOutput(labelCount: nil))?.classCount == names.count
    }

    private static let wnidLength = 9

    private static let lines: [Substring] = {
        let bytes = UnsafeRawBufferPointer(start: deeper_imagenet_classes, count: deeper_imagenet_classes_count)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }()
}
