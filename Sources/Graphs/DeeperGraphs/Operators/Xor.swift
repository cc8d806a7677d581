/// ONNX Xor: whether exactly one of A and B is true, elementwise with broadcasting.
struct Xor: LogicalOperator {
    static let name = "Xor"
    let legacy: LegacyBroadcast

    static func apply(_ a: Bool, _ b: Bool) -> Bool { a != b }
}
