import DeeperKernels

extension Reduction {
    /// Whether the result is one of the elements.
    var isExtremum: Bool { self == .maximum || self == .minimum }

    /// The number of scalar operations that reduce `elements` to `results`.
    func operationCount(elements: Int, results: Int) -> Int {
        // The operations that combine the elements: for each result, one less than it has elements.
        let joins = max(0, elements - results)
        return switch self {
        case .sum, .maximum, .minimum, .product: joins
        case .mean: elements
        case .absoluteSum, .squareSum: saturatingSum([elements, joins])
        case .norm: saturatingSum([elements, joins, results])
        case .logSum: saturatingSum([joins, results])
        // The maximum; differences from it, exponentials and their sum; a logarithm and an addition.
        case .logSumExp: saturatingSum([joins, elements, elements, joins, results, results])
        }
    }
}
