/// A method of computing a convolution when filters are packed. ``Tuning`` measures and selects among these.
public enum ConvolutionMethod: Sendable, Hashable {
    /// Packed products that read the windows in place.
    case direct
    case winograd(WinogradForm)
    /// OpenBLAS, after im2col if the kernel is larger than 1x1.
    case gemm

    public static let all = [.direct] + WinogradForm.allCases.map { ConvolutionMethod.winograd($0) } + [.gemm]

    /// The method's name: "direct", "F(4x4,3x3)", "OpenBLAS" ...
    public var name: String {
        switch self {
        case .direct: "direct"
        case .winograd(let form): form.rawValue
        case .gemm: "OpenBLAS"
        }
    }

    public init?(name: String) {
        guard let method = ConvolutionMethod.all.first(where: { $0.name == name }) else { return nil }
        self = method
    }

    public func applies(to shape: ConvolutionShape) -> Bool {
        switch self {
        case .direct: PackedConvolutionKernel.supports(shape)
        case .winograd(let form): form.applies(to: shape)
        case .gemm: true
        }
    }

    /// The method that an algorithm uses for a convolution, from the geometry alone.
    public static func estimated(for shape: ConvolutionShape, _ algorithm: ConvolutionAlgorithm) -> ConvolutionMethod {
        guard PackedConvolutionKernel.supports(shape) else { return .gemm }
        return WinogradForm.chosen(for: shape, algorithm).map { .winograd($0) } ?? .direct
    }
}
