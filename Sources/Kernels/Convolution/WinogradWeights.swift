/// G g G' of one kernel, in double precision: weights are transformed once, their error would stay for ever.
struct WinogradWeights {
    private let points: Int
    private let taps: Int
    private let matrix: [Double]

    init(_ form: WinogradForm) {
        points = form.points
        taps = form.taps
        matrix = form.weightTransform.flatMap { $0 }
    }

    /// Writes `points` x `points` values, `stride` floats apart, from `taps` x `taps` values.
    func apply(_ kernel: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, stride: Int) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: points * taps) { half in
            for row in 0..<points {
                for column in 0..<taps {
                    var sum = 0.0
                    for tap in 0..<taps { sum += matrix[row * taps + tap] * Double(kernel[tap * taps + column]) }
                    half[row * taps + column] = sum
                }
            }
            for row in 0..<points {
                for column in 0..<points {
                    var sum = 0.0
                    for tap in 0..<taps { sum += half[row * taps + tap] * matrix[column * taps + tap] }
                    target[(row * points + column) * stride] = Float(sum)
                }
            }
        }
    }
}
