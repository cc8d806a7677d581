/// ONNX ArgMin: the position of the smallest element along an axis, int64.
struct ArgMin: ArgOperator {
    static let name = "ArgMin"
    static let selectsSmallest = true
    let form: ArgForm
}
