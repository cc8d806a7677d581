public import DeeperGraphs
public import DeeperTensors

extension Graph {
    /// The operation ledger for inputs of given shapes.
    ///
    /// - Parameters:
    ///   - batch: the number of images, which is the first extent of every input of rank 2 and more, even if the model
    ///     declares another one. Nil keeps a declared extent.
    ///   - extent: the height and width of every input of rank 4, even if the model declares others.
    /// - Throws: `invalidInput` or `invalidModel`, with the node as breadcrumb, if the network does not accept these
    ///   shapes.
    public func operationRows(batch: Int? = nil, extent: Int? = nil) throws -> [LedgerRow] {
        try operationRows(inputTypes(batch: batch, extent: extent))
    }

    /// The types of all inputs, according to the rules of ``operationRows(batch:extent:)``.
    public func inputTypes(batch: Int? = nil, extent: Int? = nil) throws -> [ValueID: TensorType] {
        var types = try plausibleTypes(batch: batch ?? 1)
        for (value, type) in types where type.shape.rank > 1 {
            var dimensions = type.shape.dimensions
            if let batch { dimensions[0] = batch }
            if let extent, type.shape.rank == 4 { dimensions.replaceSubrange(2..., with: [extent, extent]) }
            types[value] = TensorType(type.elementType, try Shape(validating: dimensions))
        }
        return types
    }

    public func operationRows(_ types: [ValueID: TensorType]) throws -> [LedgerRow] {
        ledger(try inferTypes(types))
    }
}
