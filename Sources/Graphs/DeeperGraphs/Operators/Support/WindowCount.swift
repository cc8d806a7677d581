import DeeperKernels
import DeeperTensors

/// The number of elements that all windows of a pooling read: taps inside the picture.
func windowTaps(_ window: WindowAttributes, _ inputs: [TensorType?], _ outputs: [TensorType]) -> Int {
    guard let x = inputs[0]?.shape, let kernel = window.kernelShape,
        let geometry = try? window.window(input: Array(x.dimensions[2...]), kernel: kernel).geometry
    else { return 0 }
    return saturatingProduct(x[0], x[1], geometry.tapsInside(0), geometry.tapsInside(1), geometry.tapsInside(2))
}

/// The operations of an interpolation between `taps` neighbours along every axis that is resized: products and
/// additions.
func interpolationCount(_ inputs: [TensorType?], _ outputs: [TensorType], taps: Int) -> OperationCount {
    guard taps > 1, let x = inputs[0]?.shape else { return OperationCount() }
    let y = outputs[0].shape
    let all = zip(x.dimensions, y.dimensions).reduce(1) { $1.0 == $1.1 ? $0 : saturatingProduct($0, taps) }
    return OperationCount(elementwise: all == 1 ? 0 : saturatingProduct(y.elementCount, 2 * min(all, 1 << 32) - 1))
}
