import DeeperTensors

/// ONNX NonZero: the positions of all elements of X that are not 0, in the order of memory, int64 [rank, count].
///
/// The count is part of the output's shape, so X must be known when a plan is prepared. A scalar gives [0, 1] or [0,
/// 0].
struct NonZero: Operator {
    static let name = "NonZero"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    var valueInputs: [Int] { [0] }

    private func places(_ x: Tensor) throws -> [Int] {
        try x.doubles().enumerated().filter { $0.element != 0 }.map(\.offset)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.knownValue(0)
        return [TensorType(.int64, [x.shape.rank, try places(x).count])]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.knownValue(0)
        let places = try places(x)
        let strides = x.shape.rowMajorStrides
        let positions = x.shape.dimensions.indices.flatMap { axis in
            places.map { Int64($0 / strides[axis] % x.shape[axis]) }
        }
        return .constants([try Tensor(positions, shape: request.output.shape)])
    }
}
