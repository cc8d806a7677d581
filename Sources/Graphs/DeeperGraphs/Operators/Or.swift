/// ONNX Or: whether A or B holds, elementwise with broadcasting.
struct Or: LogicalOperator {
    static let name = "Or"
    let legacy: LegacyBroadcast

    static func apply(_ a: Bool, _ b: Bool) -> Bool { a || b }
}
