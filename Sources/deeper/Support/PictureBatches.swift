#if CommandLine
import Deeper
import FoundationEssentials
import Imaging
import Tensors

/// The pictures of a folder.
enum PictureFiles {
    /// The picture files of a folder, sorted.
    ///
    /// - Throws: `fileNotFound` if there is no such folder, `invalidInput` if it has no pictures.
    static func list(_ folder: String) throws -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw DeeperError(.fileNotFound, "no such folder").within(folder)
        }
        let pictures = names.filter(PictureFormat.matchesEnding)
        guard !pictures.isEmpty else {
            throw DeeperError(.invalidInput, "no \(PictureFormat.readableNames) files").within(folder)
        }
        return pictures.sorted().map { "\(folder)/\($0)" }
    }
}

extension Engine {
    /// Inputs made of picture files, a few pictures each.
    ///
    /// - Parameters:
    ///   - read: decodes a file.
    ///   - mirrors: whether every picture comes a second time with left and right exchanged.
    /// - Throws: what decoding throws, with the file as breadcrumb.
    func batches(
        of files: [String], reading read: (String) throws -> Picture, preprocessing: Preprocessing, size: Int = 8,
        mirrors: Bool = false
    ) throws -> [[String: Tensor]] {
        let step = model.largestBatch(min(size, files.count))
        guard step <= files.count else {
            throw DeeperError(.invalidInput, "the model takes \(step) pictures at once, there are \(files.count)")
        }
        // A batch that the model fixes has to be full; otherwise the last one may be smaller.
        let isFixed = model.largestBatch(step + 1) == step
        var result: [[String: Tensor]] = []
        for first in stride(from: 0, to: files.count, by: step) {
            let part = files[first..<min(first + step, files.count)]
            if isFixed, part.count < step { break }
            let input = try input(of: part.map(read), preprocessing: preprocessing)
            result.append(input)
            if mirrors { result.append(try input.mapValues(mirrored)) }
        }
        return result
    }

    /// [N, C, H, W] with every row reversed.
    private func mirrored(_ tensor: Tensor) throws -> Tensor {
        guard let width = tensor.shape.dimensions.last, width > 0, tensor.shape.rank == 4 else { return tensor }
        let values = try tensor.elements(as: Float.self)
        return try Tensor(
            stride(from: 0, to: values.count, by: width).flatMap { values[$0..<$0 + width].reversed() },
            shape: tensor.shape)
    }
}
#endif
