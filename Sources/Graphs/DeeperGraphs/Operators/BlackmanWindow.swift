/// ONNX BlackmanWindow: 0.42 - 0.5 cos(2 pi i / m) + 0.08 cos(4 pi i / m) at n points i, with m = n for a periodic
/// window and n - 1 for a symmetric one.
struct BlackmanWindow: CosineWindow {
    static let name = "BlackmanWindow"
    static let weights = [0.42, -0.5, 0.08]
    let form: WindowForm
}
