/// ONNX HannWindow: 0.5 - 0.5 cos(2 pi i / m) at n points i, with m = n for a periodic window and n - 1 for a symmetric
/// one.
struct HannWindow: CosineWindow {
    static let name = "HannWindow"
    static let weights = [0.5, -0.5]
    let form: WindowForm
}
