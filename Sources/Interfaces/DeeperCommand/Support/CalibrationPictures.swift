#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

extension Engine {
    /// Inputs made from the pictures of a folder and of the folders below it, or of a data set, a few pictures each.
    ///
    /// All inputs are kept, since every layer is run on them again; only one picture is decoded at a time.
    ///
    /// - Parameters:
    ///   - source: a folder, or a data set as for `deeper eval`.
    ///   - options: how pictures are prepared, where the model does not say it.
    ///   - reading: how picture files are read.
    ///   - limit: how many pictures to read, evenly spread over all.
    ///   - mirrors: whether every picture is used a second time with left and right exchanged.
    ///   - skipped: receives the files that are not pictures or cannot be read.
    /// - Throws: `fileNotFound` if there is no such folder, `invalidInput` if it has fewer pictures than a run takes.
    func batches(
        of source: String, _ options: PictureOptions, _ reading: ReadingOptions, size: Int = 8,
        limit: Int = .max, mirrors: Bool, skipped: inout SkipReport
    ) throws -> [[String: Tensor]] {
        let preprocessing = try model.preprocessing ?? ClassifierSettings(of: model, options).preprocessing
        let pictures = try NumberedPictures(source, reading, &skipped)
        let count = min(limit, pictures.count)
        let step = model.largestBatch(size)
        var batch = PictureBatch(preprocessing: preprocessing)
        var result: [[String: Tensor]] = []
        func close() throws {
            let input = try input(of: batch)
            result.append(input)
            if mirrors { result.append(try input.mapValues(mirrored)) }
            batch.removeAll()
        }
        for place in 0..<count {
            let number = place * pictures.count / count
            guard let picture = try pictures.picture(number, &skipped)?.picture else { continue }
            do {
                try batch.append(picture)
            } catch let error as DeeperError {
                skipped.add(SkippedFile(pictures.name(number), error))
                continue
            }
            if batch.count == step { try close() }
        }
        // A batch that the model fixes has to be full.
        if !batch.isEmpty, model.fixedBatch == nil { try close() }
        if !batch.isEmpty, !result.isEmpty {
            Console.warn(
                "note: the last \(batch.count) pictures of \(source) are not used for calibration, since the model "
                    + "takes \(step) at once")
        }
        guard !result.isEmpty else {
            let found = "\(batch.count) of \(count) pictures can be read"
            throw DeeperError(
                .invalidInput,
                model.fixedBatch.map { "the model takes \($0) pictures at once; \(found)" }
                    ?? "there are no pictures (\(found)); names of picture files end in \(PictureEndings.text)"
            ).within(source)
        }
        return result
    }

    /// Pictures with left and right exchanged.
    private func mirrored(_ tensor: Tensor) throws -> Tensor {
        guard tensor.shape.rank == 4, tensor.shape.elementCount > 0 else { return tensor }
        let values = try tensor.elements(as: Float.self)
        let pixel = model.pictureLayout == .nhwc ? tensor.shape[3] : 1
        let row = pixel * tensor.shape[model.pictureLayout == .nhwc ? 2 : 3]
        let mirrored = stride(from: 0, to: values.count, by: row).flatMap { start in
            stride(from: start + row - pixel, through: start, by: -pixel).flatMap { values[$0..<$0 + pixel] }
        }
        return try Tensor(mirrored, shape: tensor.shape)
    }
}
#endif
