public import DeeperTensors
internal import Glibc

/// Formats outputs as class names, as Triton's classification extension does.
public enum ClassificationStrings {
    /// The largest elements of each row, best first, as "value:index" or "value:index:label"; equal elements
    /// are ordered by position.
    ///
    /// - Parameters:
    ///   - tensor: rows x anything.
    ///   - rows: the rows to format.
    ///   - rowCount: the number of rows of the whole tensor.
    ///   - count: the number of classes per row; fewer if a row has fewer elements.
    ///   - labels: names by position, one for each element of a row.
    /// - Returns: the strings of all rows, and the number of strings per row.
    /// - Throws: `internalFault` if there are not as many labels as elements in a row.
    public static func top(
        _ tensor: Tensor, rows: Range<Int>, of rowCount: Int, count: Int, labels: [String]?
    ) throws -> (strings: [String], perRow: Int) {
        let width = rowCount > 0 ? tensor.shape.elementCount / rowCount : 0
        if let labels, labels.count != width {
            throw ServingError(.internalFault, "the model has \(labels.count) labels for rows of \(width) elements")
        }
        let perRow = min(count, width)
        func texts<Number: BinaryFloatingPoint>(_ values: UnsafeBufferPointer<Number>) -> [String] {
            topPositions(values, perRow).map { index in
                let text = "\(decimal(Double(values[index]))):\(index)"
                guard let labels else { return text }
                return "\(text):\(labels[index])"
            }
        }
        func strings<Number: BinaryFloatingPoint>(_ values: UnsafeBufferPointer<Number>) -> [String] {
            rows.flatMap { texts(UnsafeBufferPointer(rebasing: values[$0 * width..<($0 + 1) * width])) }
        }
        // Scores of networks are float32; these are read in place, so that a batch's large output is not copied for
        // each of its requests.
        let found =
            tensor.elementType == .float32
            ? try tensor.withUnsafeBytes {
                strings(UnsafeBufferPointer(rebasing: $0.bindMemory(to: Float.self)[..<tensor.shape.elementCount]))
            } : try tensor.doubles().withUnsafeBufferPointer(strings)
        return (found, perRow)
    }

    /// The number with six digits after the point, as Triton writes it.
    private static func decimal(_ value: Double) -> String {
        var text = [CChar](repeating: 0, count: 400)
        let count = withVaList([value]) { vsnprintf(&text, text.count, "%f", $0) }
        return String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
