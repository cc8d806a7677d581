internal import CDeeperKernels

/// Resampling of channels-last float32 images along height and width: Resize in all its modes.
///
/// For each row of the output, rows of the input are combined first, then pixels within the row.
public final class ImageResampleKernel: SelectiveKernel {
    public var report: KernelReport { KernelReport("resample") }
    public var tileCount: Int { tiles.count }
    public let scratchByteCount: Int
    private let rows: Taps, columns: Taps
    private let images: Int
    let channels: Int
    private let inputPitch: Int, outputPitch: Int
    private let tiles: StreamTiles
    private let loops: VectorLoops

    /// An axis in the form that the loops read.
    private struct Taps: Sendable {
        let inputExtent: Int
        var starts: [Int32] = [0]
        var indices: [Int32] = []
        var weights: [Float] = []

        init(_ axis: ResampleAxis) {
            inputExtent = axis.inputExtent
            starts.reserveCapacity(axis.taps.count + 1)
            for taps in axis.taps {
                for tap in taps {
                    indices.append(Int32(tap.index))
                    weights.append(tap.weight)
                }
                starts.append(Int32(indices.count))
            }
        }

        var count: Int { starts.count - 1 }
        var byteCount: Int { 4 * (starts.count + indices.count + weights.count) }

        /// The input position of an output position that has a single tap of weight 1; nil for others.
        func source(of output: Int) -> Int? {
            let first = Int(starts[output])
            return Int(starts[output + 1]) == first + 1 && weights[first] == 1 ? Int(indices[first]) : nil
        }

        func withResampling(from output: Int, _ body: (inout ck_resampling) -> Void) {
            starts.withUnsafeBufferPointer { starts in
                indices.withUnsafeBufferPointer { indices in
                    weights.withUnsafeBufferPointer { weights in
                        var value = ck_resampling(
                            starts: starts.baseAddress.map { $0 + output }, indices: indices.baseAddress,
                            weights: weights.baseAddress)
                        body(&value)
                    }
                }
            }
        }
    }

    /// - Precondition: no position of the axes is outside the picture.
    public init(
        rows: ResampleAxis, columns: ResampleAxis, images: Int, channels: Int, inputPitch: Int, outputPitch: Int,
        options: KernelOptions
    ) {
        precondition(!rows.outside.contains(true) && !columns.outside.contains(true))
        self.rows = Taps(rows)
        self.columns = Taps(columns)
        self.images = images
        self.channels = channels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.loops = VectorLoops(options.instructionSet)
        self.tiles = StreamTiles(wholeRows: images * self.rows.count, columns: self.columns.count * channels)
        self.scratchByteCount = columns.inputExtent * inputPitch * 4
    }

    /// Rows without taps are not read.
    public func touchedByteCount(ofOperand index: Int) -> Int? {
        images * Set(rows.indices).count * columns.inputExtent * channels * MemoryLayout<Float>.size
    }

    public var tableByteCount: Int { rows.byteCount + columns.byteCount }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let lines = tiles[tile].rows
        computeBand(
            lines, of: operands, to: operands.floats(1) + lines.lowerBound * columns.count * outputPitch,
            pitch: outputPitch, scratch: scratch.floats)
    }
}

extension ImageResampleKernel: BandKernel {
    var outputPixels: Int { images * rows.count * columns.count }
    var pixelsPerUnit: Int { columns.count }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let lineLength = columns.inputExtent * inputPitch
        for line in units {
            let (image, row) = (line / rows.count, line % rows.count)
            let source = operands.floats(0) + image * rows.inputExtent * lineLength
            var mixed = source
            if let only = rows.source(of: row) {
                mixed += only * lineLength
            } else {
                mixed = scratch
                // Nothing beyond the last channel of the last pixel may be read.
                let length = lineLength - inputPitch + channels
                rows.withResampling(from: row) { taps in
                    loops.table.resample_row(mixed, 0, source, lineLength, length, 1, &taps)
                }
            }
            columns.withResampling(from: 0) { taps in
                loops.table.resample_row(
                    target + (line - units.lowerBound) * columns.count * pitch, pitch, mixed, inputPitch, channels,
                    columns.count, &taps)
            }
        }
    }
}
