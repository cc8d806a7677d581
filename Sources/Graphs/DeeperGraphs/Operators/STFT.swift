import DeeperKernels
import DeeperTensors

/// ONNX STFT: the Fourier transforms of overlapping frames of signals, each multiplied by a window. Inputs: signals
/// (batch, length, 1 or 2 parts), the step from one frame to the next, and the window or the length of a frame or both.
struct STFT: Operator {
    static let name = "STFT"
    static let firstOpset = 17
    static let inputCount = 2...4
    private let isOneSided: Bool

    init(_ attributes: inout AttributeReader) throws {
        isOneSided = try attributes.flag("onesided", default: true)
    }

    var valueInputs: [Int] { [1, 3] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    private func form(
        _ signals: DeeperTensors.Shape, window: DeeperTensors.Shape?, step: Int?, frameLength: Int?
    ) throws -> FourierShape {
        guard signals.rank == 3, signals[2] == 1 || signals[2] == 2 else {
            throw DeeperError(.invalidModel, "the signals have the shape \(signals), expected batch, length, 1 or 2")
        }
        guard let length = frameLength ?? window?[0], let step, step >= 1 else {
            throw DeeperError(
                .invalidModel, "\(step.map { "the step is \($0)" } ?? "there is no step"), or a frame has no length")
        }
        guard FourierShape.lengths.contains(length), length <= signals[1], window.map({ $0 == [length] }) ?? true else {
            throw DeeperError(
                .invalidModel,
                "frames of length \(length) of signals of length \(signals[1])"
                    + (window.map { " with a window of shape \($0)" } ?? ""))
        }
        guard !isOneSided || signals[2] == 1 else {
            throw DeeperError(.unsupported, "one-sided transforms of complex signals")
        }
        return FourierShape(
            frameLength: length, signals: signals[0], signalLength: signals[1],
            // A step beyond the signal is never taken.
            frames: (signals[1] - length) / step + 1, step: min(step, signals[1]), isComplex: signals[2] == 2,
            isOneSided: isOneSided, hasWindow: window != nil)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let window = inputs.has(2) ? try inputs.shape(2, .float32) : nil
        guard window?.rank ?? 1 == 1 else { throw DeeperError(.invalidModel, "the window has the shape \(window!)") }
        let form = try form(
            inputs.shape(0, .float32), window: window, step: inputs.integers(1).first,
            frameLength: inputs.has(3) ? inputs.integers(3).first : nil)
        return [
            TensorType(
                .float32, try DeeperTensors.Shape(validating: [form.batches, form.lines, form.outputLength, 2]))
        ]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let form = try form(
            request.input(0).shape, window: request.hasInput(2) ? request.input(2).shape : nil,
            step: request.knownValue(1).integers().first,
            frameLength: request.hasInput(3) ? request.knownValue(3).integers().first : nil)
        return .kernel(FourierKernel(form), inputs: form.hasWindow ? [0, 2] : [0])
    }
}
