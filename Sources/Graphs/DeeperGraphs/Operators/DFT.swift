import DeeperKernels
import DeeperTensors

/// ONNX DFT: the discrete Fourier transform of X along one axis. The last axis of X has the real parts, or the real and
/// the imaginary parts.
struct DFT: Operator {
    static let name = "DFT"
    static let firstOpset = 17
    static let inputCount = 1...3
    private let isInverse: Bool
    private let isOneSided: Bool
    /// The axis before opset 20; it is an input since.
    private let axis: Int?

    init(_ attributes: inout AttributeReader) throws {
        isInverse = try attributes.flag("inverse")
        isOneSided = try attributes.flag("onesided")
        axis = attributes.opset < 20 ? try attributes.int("axis", default: 1) : nil
    }

    var valueInputs: [Int] { [1, 2] }

    /// Each entry is transformed by itself unless it is along axis 0.
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let shape = try? inputs.shape(0) else { return false }
        let at = try? place(shape.rank) { try inputs.value($0)?.integers().first }
        return at.map { $0 > 0 } ?? false
    }

    private func place(_ rank: Int, _ number: (Int) throws -> Int?) throws -> Int {
        let at = try resolveAxis(axis ?? number(2) ?? -2, rank: rank)
        guard at < rank - 1 else {
            throw DeeperError(.invalidModel, "axis \(at) has the real and imaginary parts")
        }
        return at
    }

    /// - Parameter number: the value of an input; nil if there is none.
    private func form(_ shape: DeeperTensors.Shape, _ number: (Int) throws -> Int?) throws -> FourierShape {
        let rank = shape.rank
        guard rank >= 2, let parts = shape.dimensions.last, parts == 1 || parts == 2 else {
            throw DeeperError(.invalidModel, "X has the shape \(shape), expected 1 or 2 at the last axis")
        }
        guard !isOneSided || (parts == 2) == isInverse else {
            throw DeeperError(
                .unsupported, "a one-sided \(isInverse ? "inverse of real" : "transform of complex") numbers")
        }
        let at = try place(rank, number)
        let length = try number(1) ?? (isInverse && isOneSided ? 2 * (shape[at] - 1) : shape[at])
        guard FourierShape.lengths.contains(length) else {
            throw DeeperError(
                .unsupported, "a transform of length \(length), supported: 1 to \(FourierShape.lengths.upperBound)")
        }
        let span = AxisSpan(shape, axis: at)
        return FourierShape(
            length: length, inputLength: shape[at], outer: span.outer, inner: span.inner / parts,
            isComplex: parts == 2, isInverse: isInverse, isOneSided: isOneSided)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, .float32)
        let number = { inputs.has($0) ? try inputs.integers($0).first : nil }
        let form = try form(shape, number)
        var extents = shape.dimensions
        extents[try place(shape.rank, number)] = form.outputLength
        extents[shape.rank - 1] = isInverse && isOneSided ? 1 : 2
        return [TensorType(.float32, try DeeperTensors.Shape(validating: extents))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let form = try form(try request.input(0).shape) { index in
            request.hasInput(index) ? try request.knownValue(index).integers().first : nil
        }
        return .kernel(FourierKernel(form), inputs: [0])
    }
}
