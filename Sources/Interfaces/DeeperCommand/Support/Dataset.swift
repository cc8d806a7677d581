#if CommandLine
import ArgumentParser
import Deeper
import DeeperBuiltinModel
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// A data set as the command line names it.
struct Dataset {
    let pictures: any LabelledPictures
    /// The preset to assume if neither the options nor the model give a preprocessing.
    let preset: String
    let isGray: Bool
    /// The text on the command line.
    let text: String
    private let isFolder: Bool

    private static let forms = ["cifar10:", "idx:", "folder:"]

    /// Whether a text is meant to name a data set, rather than a file or folder.
    static func isNamed(by text: String) -> Bool { forms.contains { text.hasPrefix($0) } }

    init(_ text: String, orientation: Picture.Orientation) throws {
        self.text = text
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let paths = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
        switch (parts.first, paths.count) {
        case ("cifar10", 1...):
            (pictures, preset, isGray, isFolder) = (try CIFAR10Binary(contentsOf: paths), "cifar10", false, false)
        case ("idx", 2):
            (pictures, preset, isGray, isFolder) = (
                try IDXPictures(pictures: paths[0], labels: paths[1]), "raw", true, false
            )
        case ("folder", 1...):
            // A folder's name may have commas.
            (pictures, preset, isGray, isFolder) = (
                try PictureFolder(contentsOf: parts[1], limits: .command, orientation: orientation), "caffe", false,
                true
            )
        default:
            throw ValidationError("--dataset must be cifar10:FILE[,FILE...], idx:IMAGES,LABELS or folder:DIR")
        }
        guard pictures.count > 0 else { throw DeeperError(.invalidInput, "the data set is empty").within(text) }
    }

    /// How a network's pictures are prepared and what its classes are called. What the options and the model leave open
    /// is chosen as is usual for the data set.
    func settings(
        of model: Model, _ pictures: PictureOptions, labels file: String? = nil
    ) throws -> ClassifierSettings {
        try ClassifierSettings(
            of: model, pictures, labels: file, assuming: preset, standardOrder: isGray ? "luma" : nil)
    }

    /// The output of a network that belongs to each class. Prints a note if only the order of the folders decides.
    ///
    /// - Parameters:
    ///   - labels: the names of the network's outputs, if they are known.
    ///   - isBuiltin: whether the network is the model that comes with deeper, whose classes are known by name only.
    func matching(labels: [String]?, isBuiltin: Bool, outputCount: Int) throws -> ClassMatching {
        try locating(text) {
            guard let names = pictures.classNames else {
                guard !isBuiltin else {
                    throw DeeperError(
                        .invalidInput, "the labels have no names; the built-in model knows its classes by name")
                }
                return try numberedMatching(labels, outputCount)
            }
            let matching = try ClassMatching(names: names, labels: labels, outputCount: outputCount)
            if matching.basis == .order, isFolder {
                Console.warn(
                    "note: \(text): without labels the \(names.count) folders, ordered by name, are taken for "
                        + "outputs 0 to \(names.count - 1); --labels FILE matches them by name")
            }
            return matching
        }
    }

    /// Classes that are numbers belong to the outputs whose labels are these numbers, otherwise to the outputs in
    /// order.
    private func numberedMatching(_ labels: [String]?, _ outputCount: Int) throws -> ClassMatching {
        let numbers = (0..<pictures.classCount).map(String.init)
        if let labels, Set(labels).isSuperset(of: numbers) {
            return try ClassMatching(names: numbers, labels: labels, outputCount: outputCount)
        }
        guard labels?.count ?? pictures.classCount == outputCount else {
            throw DeeperError(
                .invalidInput,
                labels.map { "there are \($0.count) labels for \(outputCount) outputs of the network" }
                    ?? "the data set has labels 0 to \(pictures.classCount - 1) and the network has \(outputCount) "
                    + "outputs; if label k nevertheless means output k, give the labels of all outputs (--labels FILE)")
        }
        return try ClassMatching(classCount: pictures.classCount, outputCount: outputCount)
    }
}
#endif
