/// ONNX And: whether A and B are both true, elementwise with broadcasting.
struct And: LogicalOperator {
    static let name = "And"
    let legacy: LegacyBroadcast

    static func apply(_ a: Bool, _ b: Bool) -> Bool { a && b }
}
