/// ONNX ArgMax: the position of the largest element along an axis, int64.
struct ArgMax: ArgOperator {
    static let name = "ArgMax"
    static let selectsSmallest = false
    let form: ArgForm
}
