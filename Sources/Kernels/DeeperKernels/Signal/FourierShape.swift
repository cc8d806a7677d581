/// Where the lines of a Fourier transform are in its operands, in numbers of float32, and what is transformed.
public struct FourierShape: Sendable {
    /// The supported lengths of transforms. A longer one takes more than half a gigabyte on each thread.
    public static let lengths = 1...1 << 22

    /// The length of the transform.
    public var length: Int
    /// Whether the input has real and imaginary parts in turn.
    public var isComplex: Bool
    public var isInverse: Bool
    /// Whether only the first half of a transform of real numbers is made, or read by the inverse.
    public var isOneSided: Bool
    /// Whether the lines are multiplied by a window first.
    public var hasWindow = false

    /// Groups of lines, and the lines of each.
    public var batches: Int
    public var lines: Int
    /// The numbers of a line that exist; the rest of the length is zero.
    public var inputLength: Int
    /// The distances between batches, lines and the numbers of a line.
    public var inputBatch: Int
    public var inputLine: Int
    public var inputStride: Int
    public var outputBatch: Int
    public var outputLine: Int
    public var outputStride: Int

    /// Lines along an axis of a row-major tensor whose last axis has the real and imaginary parts.
    ///
    /// - Parameters:
    ///   - outer: the product of the extents before the axis.
    ///   - inner: the product of those between the axis and the last one.
    public init(
        length: Int, inputLength: Int, outer: Int, inner: Int, isComplex: Bool, isInverse: Bool, isOneSided: Bool
    ) {
        self.length = length
        (self.isComplex, self.isInverse, self.isOneSided) = (isComplex, isInverse, isOneSided)
        (batches, lines, self.inputLength) = (outer, inner, inputLength)
        let parts = isComplex ? 2 : 1
        inputLine = parts
        inputStride = inner * parts
        inputBatch = inputLength * inputStride
        let results = isInverse && isOneSided ? 1 : 2
        outputLine = results
        outputStride = inner * results
        outputBatch = (isOneSided && !isInverse ? length / 2 + 1 : length) * outputStride
    }

    /// Overlapping frames of signals, one after the other.
    ///
    /// - Parameters:
    ///   - signalLength: the numbers of a signal.
    ///   - step: the numbers from one frame to the next.
    public init(
        frameLength: Int, signals: Int, signalLength: Int, frames: Int, step: Int, isComplex: Bool, isOneSided: Bool,
        hasWindow: Bool
    ) {
        length = frameLength
        (self.isComplex, isInverse, self.isOneSided, self.hasWindow) = (isComplex, false, isOneSided, hasWindow)
        (batches, lines, inputLength) = (signals, frames, frameLength)
        let parts = isComplex ? 2 : 1
        (inputBatch, inputLine, inputStride) = (signalLength * parts, step * parts, parts)
        outputStride = 2
        outputLine = (isOneSided ? frameLength / 2 + 1 : frameLength) * 2
        outputBatch = frames * outputLine
    }

    /// The numbers of a line of the result.
    public var outputLength: Int { isOneSided && !isInverse ? length / 2 + 1 : length }
    /// The numbers of a line that the transform reads.
    var readLength: Int { isOneSided && isInverse ? length / 2 + 1 : length }
    var isRealResult: Bool { isOneSided && isInverse }

    func inputPlace(ofLine line: Int) -> Int { line / lines * inputBatch + line % lines * inputLine }
    func outputPlace(ofLine line: Int) -> Int { line / lines * outputBatch + line % lines * outputLine }
}
