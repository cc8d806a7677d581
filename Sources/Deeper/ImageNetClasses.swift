internal import CImageNetClasses

/// The 1,000 classes of ImageNet's challenge of 2012 (ILSVRC 2012), in the order in which the networks of Caffe,
/// torchvision and others that were trained on it have their outputs.
///
/// A class is a synset of WordNet 3.0. Its wnid is "n" and the synset's eight-digit number; folders of ImageNet's
/// pictures are named so. Its name is the list of the synset's words, as of "n01440764": "tench, Tinca tinca". Two
/// classes, a bird and a machine, are both named "crane".
///
/// WordNet's licence permits the copy: Sources/CImageNetClasses/LICENSE-WordNet.txt.
public enum ImageNetClasses {
    /// The names by output position.
    public static let names = lines.map { String($0[$0.index($0.startIndex, offsetBy: wnidLength + 1)...]) }

    /// The wnids by output position, in ascending order.
    public static let wnids = lines.map { String($0.prefix(wnidLength)) }

    private static let wnidLength = 9

    private static let lines: [Substring] = {
        let bytes = UnsafeRawBufferPointer(start: deeper_imagenet_classes, count: deeper_imagenet_classes_count)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }()
}
