internal import Imaging
internal import Tensors

/// The pictures that a recipe names.
enum TrainingData {
    /// Several files or folders as one data set.
    ///
    /// - Throws: what the readers throw; `invalidInput` for sets whose classes differ.
    static func open(_ paths: [String]) throws -> any LabelledPictures {
        let binaries = paths.filter { $0.hasSuffix(".bin") }
        var sets: [any LabelledPictures] = binaries.isEmpty ? [] : [try CIFAR10Binary(contentsOf: binaries)]
        for path in paths where !path.hasSuffix(".bin") {
            if path.hasSuffix("ubyte") || path.hasSuffix("ubyte.gz") {
                sets.append(try IDXPictures(pictures: path, labels: labelsFile(path)))
            } else {
                sets.append(try PictureFolder(contentsOf: path))
            }
        }
        guard let first = sets.first else { throw DeeperError(.invalidInput, "no data are named") }
        guard sets.count > 1 else { return first }
        for set in sets where set.classNames != first.classNames {
            throw DeeperError(
                .invalidInput,
                "data sets have different classes: \(first.classNames ?? []) and \(set.classNames ?? [])")
        }
        return JoinedPictures(sets: sets)
    }

    /// MNIST's labels lie beside its images.
    private static func labelsFile(_ images: String) throws -> String {
        let name = images.split(separator: "/").last.map(String.init) ?? images
        let folder = images.dropLast(name.count)
        guard name.contains("images-idx3") else {
            throw DeeperError(.invalidInput, "\(images): expected a name with \"images-idx3\"")
        }
        return folder + name.replacing("images-idx3", with: "labels-idx1", maxReplacements: 1)
    }
}

/// Data sets one behind the other.
private struct JoinedPictures: LabelledPictures {
    let sets: [any LabelledPictures]

    var count: Int { sets.reduce(0) { $0 + $1.count } }
    var classNames: [String]? { sets.first?.classNames }

    func picture(at index: Int) throws -> (picture: Picture, label: Int) {
        var index = index
        for set in sets {
            if index < set.count { return try set.picture(at: index) }
            index -= set.count
        }
        throw DeeperError(.internalFault, "picture \(index) beyond the last")
    }
}
