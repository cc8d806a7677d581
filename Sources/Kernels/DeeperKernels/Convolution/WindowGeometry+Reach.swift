extension WindowGeometry {
    /// The number of input positions from the first to the last one that `count` neighbouring output positions read
    /// along `axis`.
    func reach(_ axis: Int, of count: Int) -> Int {
        count == 0 ? 0 : (count - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1
    }

    /// Whether all windows are inside the input.
    var readsInside: Bool {
        (0..<3).allSatisfy { padBefore[$0] == 0 && reach($0, of: output[$0]) <= input[$0] }
    }

    /// The kernel's extents as text, such as "3x3", without absent leading axes.
    var kernelText: String {
        kernel[0] == 1 ? "\(kernel[1])x\(kernel[2])" : "\(kernel[0])x\(kernel[1])x\(kernel[2])"
    }

    /// The runs of memory that a window consists of, in the order of taps, where rows have `width` pixels of `pitch`
    /// floats. Long runs are cut into equal parts that are summed separately, because rounding errors grow with the
    /// length of a sum.
    func runs(channels: Int, pitch: Int, width: Int) -> (offsets: [Int], length: Int) {
        let rows = (0..<kernel[1]).map { $0 * dilation[1] * width * pitch }
        let isDense = kernel[2] == 1 || dilation[2] == 1 && pitch == channels
        let length = isDense ? kernel[2] * channels : channels
        let starts =
            isDense
            ? rows : rows.flatMap { row in (0..<kernel[2]).map { row + $0 * dilation[2] * pitch } }
        let parts = (1...max(1, length / Self.shortestRun)).last { length % $0 == 0 } ?? 1
        return (starts.flatMap { start in (0..<parts).map { start + $0 * (length / parts) } }, length / parts)
    }

    private static let shortestRun = 128
}

/// Lines of the output for which the same rows of the window are multiplied.
struct LineZone: Sendable {
    var lines: Range<Int>
    var taps: Range<Int>
}

extension WindowGeometry {
    /// The lines of the output, grouped by the rows of the window that are multiplied: the rows of a dilated window
    /// that are inside the image, or all rows if leaving out the others would save less than a fifth of the products.
    ///
    /// It depends on the geometry alone, so an element is the same sum whichever lines are computed together.
    var lineZones: [LineZone] {
        let all = [LineZone(lines: 0..<output[1], taps: 0..<kernel[1])]
        guard isPlanar, dilation[1] > 1, kernel[1] > 1, output[1] <= 4096 else { return all }
        var zones: [LineZone] = []
        var spared = 0
        for line in 0..<output[1] {
            let inside = valid(1, at: line).taps
            // For a line whose windows are completely in the padding, a sum over zeros is computed.
            let taps = inside.isEmpty ? 0..<1 : inside
            spared += kernel[1] - taps.count
            if let last = zones.last, last.taps == taps {
                zones[zones.count - 1].lines = last.lines.lowerBound..<line + 1
            } else {
                zones.append(LineZone(lines: line..<line + 1, taps: taps))
            }
        }
        return 5 * spared >= kernel[1] * output[1] ? zones : all
    }
}
