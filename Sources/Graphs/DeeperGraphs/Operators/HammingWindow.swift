/// ONNX HammingWindow: 25/46 - 21/46 cos(2 pi i / m) at n points i, with m = n for a periodic window and n - 1 for a
/// symmetric one.
struct HammingWindow: CosineWindow {
    static let name = "HammingWindow"
    static let weights = [25.0 / 46, -21.0 / 46]
    let form: WindowForm
}
