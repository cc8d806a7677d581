#if Server
public import Deeper
public import DeeperInferenceProtocol
internal import DeeperTensors

extension ModelAnswer {
    /// The response to a request, with the outputs in the requested order, or all outputs in the model's order.
    ///
    /// - Throws: the errors of reading a tensor.
    public func response(to request: InferenceRequest, of model: ServedModel) throws -> InferenceResponse {
        let wanted = request.outputs ?? model.description.outputs.map { InferenceRequest.Output(name: $0.name) }
        // An output that is requested twice is returned once, as in Triton.
        var named: Set<String> = []
        let outputs = try wanted.filter { named.insert($0.name).inserted }.map { output in
            guard let tensor = tensors[output.name] else {
                throw ServingError(.internalFault, "output \"\(output.name)\" was not computed")
            }
            let binary = output.wantsBinary ?? request.wantsBinary
            guard output.classCount > 0 else {
                let rowBytes = rowCount > 0 ? tensor.byteCount / rowCount : 0
                var shape = tensor.shape.dimensions
                if model.description.maxBatch > 0 { shape[0] = rows.count }
                return InferenceResponse.Output(
                    name: output.name, shape: shape,
                    content: .elements(tensor, bytes: rows.lowerBound * rowBytes..<rows.upperBound * rowBytes),
                    wantsBinary: binary)
            }
            let (strings, perRow) = try ClassificationStrings.top(
                tensor, rows: rows, of: rowCount, count: output.classCount,
                labels: output.name == model.labelledOutput ? model.labels : nil)
            return InferenceResponse.Output(
                name: output.name, shape: model.description.maxBatch > 0 ? [rows.count, perRow] : [perRow],
                content: .strings(strings), wantsBinary: binary)
        }
        return InferenceResponse(
            modelName: model.name, modelVersion: model.version, id: request.id, outputs: outputs)
    }

    /// The classes of the request's one picture, best first.
    ///
    /// - Throws: `invalidInput`, naming the model, the outputs and their types, if no output is a row of scores.
    public func predictions(of model: ServedModel, top: Int) throws -> [Prediction] {
        try locating("model \"\(model.name)\"") {
            try Prediction.top(top, of: scores(of: model).values, labels: model.pictureLabels)
        }
    }

    /// The probabilities of the request's one picture, as ``Deeper/Engine/probabilities(of:crops:preprocessing:deadline:)``
    /// averages them.
    ///
    /// - Throws: as ``predictions(of:top:)``.
    package func probabilities(of model: ServedModel) throws -> [Double] {
        try locating("model \"\(model.name)\"") {
            let (name, values) = try scores(of: model)
            return model.engine.model.probabilities(of: values, from: name)
        }
    }

    /// The scores of the request's one picture, and the output that has them.
    private func scores(of model: ServedModel) throws -> (name: String, values: [Float]) {
        // A model with a fixed batch runs the picture several times, in one row of the request.
        let pictures = model.maxBatch > 0 ? rowCount : model.engine.model.fixedBatch ?? 1
        let outputs = model.engine.model.outputNames.compactMap { name in
            tensors[name].map { (name, TensorType($0.elementType, $0.shape)) }
        }
        let output = try ScoreOutput(of: outputs, pictureCount: pictures, labelCount: model.pictureLabels?.count)
        guard let tensor = tensors[output.name], rows.count == 1 else {
            throw DeeperError(.internalFault, "a picture was computed as \(rows.count) rows")
        }
        let start = rows.lowerBound * output.classCount
        let values = try Array(
            tensor.widened().withUnsafeBytes { $0.bindMemory(to: Float.self)[start..<start + output.classCount] })
        return (output.name, values)
    }
}
#endif
