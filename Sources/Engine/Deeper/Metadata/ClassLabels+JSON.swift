internal import DeeperJSON
internal import DeeperTensors

/// `deeper.labels`: an array of strings.
extension ClassLabels {
    /// The largest number of labels that a model may have.
    static let largestCount = 1 << 20

    /// Reads the JSON text.
    ///
    /// - Throws: `invalidModel` for malformed text and for control characters, `limitExceeded` beyond 2^20 labels.
    package static func labels(json: String) throws -> [String] {
        var reader = try JSONReader(Array(json.utf8))
        var labels: [String] = []
        try reader.array { reader in
            guard labels.count < largestCount else {
                throw DeeperError(.limitExceeded, "more than \(largestCount) labels")
            }
            labels.append(try reader.string())
        }
        try reader.end()
        try check(labels)
        return labels
    }

    /// The labels as JSON text.
    ///
    /// - Throws: as ``labels(json:)``.
    package static func json(_ labels: [String]) throws -> String {
        guard labels.count <= largestCount else {
            throw DeeperError(.limitExceeded, "\(labels.count) labels, more than \(largestCount)")
        }
        try check(labels)
        var text = JSONText()
        text.append("[")
        for (index, label) in labels.enumerated() {
            if index > 0 { text.append(",") }
            text.append(quoting: label)
        }
        text.append("]")
        return String(decoding: text.bytes, as: UTF8.self)
    }

    /// Refuses control characters: labels from other people's files are printed, and terminals obey such characters.
    ///
    /// - Throws: `invalidModel`, naming the first label that has one.
    package static func check(_ labels: [String]) throws {
        let bad = labels.firstIndex { label in
            label.unicodeScalars.contains { $0.properties.generalCategory == .control }
        }
        if let bad { throw DeeperError(.invalidModel, "label \(bad) has a control character") }
    }
}
