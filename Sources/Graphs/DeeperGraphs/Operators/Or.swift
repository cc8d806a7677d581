/// ONNX Or: whether A or B is true, elementwise with broadcasting.
struct Or: LogicalOperator {
    static let name = "Or"
    let legacy: LegacyBroadcast

    static func apply(_ a: Bool, _ b: Bool) -> Bool { a || b }
}
