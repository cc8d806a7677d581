internal import Deeper
internal import DeeperImaging
internal import DeeperTensors

/// Opens and checks the data sets that a recipe names.
enum TrainingData {
    /// Opens several files or folders as one data set. `limits` and `orientation` apply to pictures in folders.
    ///
    /// - Throws: the errors of the readers; `invalidInput` for sets whose classes differ.
    static func open(
        _ paths: [String], _ limits: DecodingLimits, _ orientation: Picture.Orientation
    ) throws -> any LabelledPictures {
        let binaries = paths.filter { $0.hasSuffix(".bin") }
        var sets: [any LabelledPictures] = binaries.isEmpty ? [] : [try CIFAR10Binary(contentsOf: binaries)]
        for path in paths where !path.hasSuffix(".bin") {
            if path.hasSuffix("ubyte") || path.hasSuffix("ubyte.gz") {
                sets.append(try IDXPictures(pictures: path, labels: labelsFile(path)))
            } else {
                sets.append(try PictureFolder(contentsOf: path, limits: limits, orientation: orientation))
            }
        }
        guard let first = sets.first else { throw DeeperError(.invalidInput, "no data sets are given") }
        guard sets.count > 1 else { return first }
        for set in sets where set.classNames != first.classNames {
            throw DeeperError(
                .invalidInput,
                "data sets that are joined must have the same classes; the first has \(text(first.classNames)), "
                    + "another has \(text(set.classNames))")
        }
        return JoinedPictures(sets: sets)
    }

    /// Compares the classes of training pictures with the network's outputs.
    ///
    /// - Returns: a remark for the user, or nil.
    /// - Throws: `invalidInput` if there are more classes than outputs, or fewer classes that have names.
    static func check(_ pictures: any LabelledPictures, outputCount: Int) throws -> String? {
        if pictures.classNames != nil, pictures.classCount != outputCount {
            throw DeeperError(
                .invalidInput,
                "the training pictures have \(pictures.classCount) classes, the network has \(outputCount) outputs; "
                    + "set the recipe's classes to \(pictures.classCount), or use other pictures")
        }
        _ = try ClassMatching(classCount: pictures.classCount, outputCount: outputCount)
        guard pictures.classCount < outputCount else { return nil }
        return
            "the training pictures have labels 0 to \(pictures.classCount - 1), the network has \(outputCount) outputs"
    }

    /// The network's output for each class of the test pictures, which is that of the training class with the same
    /// name.
    ///
    /// - Throws: `invalidInput` if a class of the test pictures is not among those of the training pictures, or if only
    ///   one of the two data sets has names.
    static func outputs(
        of tests: any LabelledPictures, trainedWith training: any LabelledPictures, outputCount: Int
    ) throws -> [Int] {
        try locating("test pictures") {
            switch (tests.classNames, training.classNames) {
            case (let names?, let own?):
                return try ClassMatching(names: names, labels: own, outputCount: outputCount).outputs
            case (nil, nil):
                return try ClassMatching(classCount: tests.classCount, outputCount: outputCount).outputs
            case (let names, _):
                throw DeeperError(
                    .invalidInput,
                    "the classes of the \(names == nil ? "training" : "test") pictures have names, those of the "
                        + "\(names == nil ? "test" : "training") pictures are numbers, so they cannot be matched; "
                        + "use data sets of one kind")
            }
        }
    }

    private static func text(_ names: [String]?) -> String {
        guard let names else { return "numbers without names" }
        return names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }

    /// The file of MNIST's labels, which is next to that of its images.
    private static func labelsFile(_ images: String) throws -> String {
        let name = images.split(separator: "/").last.map(String.init) ?? images
        let folder = images.dropLast(name.count)
        guard name.contains("images-idx3") else {
            throw DeeperError(.invalidInput, "\(images): expected a name with \"images-idx3\"")
        }
        return folder + name.replacing("images-idx3", with: "labels-idx1", maxReplacements: 1)
    }
}

/// Several data sets, one after the other.
private struct JoinedPictures: LabelledPictures {
    let sets: [any LabelledPictures]

    var count: Int { sets.reduce(0) { $0 + $1.count } }
    var classCount: Int { sets.map(\.classCount).max() ?? 0 }
    var classNames: [String]? { sets.first?.classNames }
    var skipped: [SkippedFile] { sets.flatMap(\.skipped) }

    func name(at index: Int) -> String {
        let (set, index) = place(of: index)
        return sets[set].name(at: index)
    }

    func picture(at index: Int) throws -> (picture: Picture, label: Int) {
        let (set, index) = place(of: index)
        return try sets[set].picture(at: index)
    }

    private func place(of index: Int) -> (set: Int, index: Int) {
        var index = index
        for (number, set) in sets.enumerated() {
            if index < set.count { return (number, index) }
            index -= set.count
        }
        preconditionFailure("picture \(index) beyond the last")
    }
}
