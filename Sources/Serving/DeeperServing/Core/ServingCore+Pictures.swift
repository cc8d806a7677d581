#if Server
internal import Deeper
internal import DeeperImaging
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import DeeperTensors

extension ServingCore {
    /// Crops of one picture that are computed at the same time, so that they can share batches with each other.
    private static let cropsAtOnce = 16

    /// Classifies an encoded picture.
    ///
    /// - Parameter crops: nil for the scores of the network, otherwise the crops whose probabilities are averaged.
    func classify(
        _ picture: [UInt8], on model: ServedModel, _ claim: ByteBudget.Claim, top: Int,
        orientation: Picture.Orientation, crops: CropSet?
    ) async throws -> [Prediction] {
        guard let crops else {
            let request = try await reading(for: model) {
                try await coding {
                    let decoding = self.budget.claim()
                    defer { withExtendedLifetime(decoding) {} }
                    let decoded = try self.decoded(picture, orientation, decoding)
                    return try self.request(for: decoded, model.preprocessing, of: model, claim)
                }
            }
            let answer = try await run(request, on: model)
            return try await coding { try answer.predictions(of: model, top: top) }
        }
        let parts = try await reading(for: model) {
            try await coding {
                let decoding = self.budget.claim()
                defer { withExtendedLifetime(decoding) {} }
                let parts = try model.preprocessing.crops(of: self.decoded(picture, orientation, decoding), crops)
                try claim.add(parts.reduce(0) { $0 + $1.pixels.count })
                return parts
            }
        }
        let sums = try await sums(of: parts, on: model, claim)
        return try await coding {
            try Prediction.top(
                top, of: sums.map { Float($0 / Double(parts.count)) }, labels: model.pictureLabels)
        }
    }

    /// The sums of the probabilities of all crops, in the order of the crops.
    private func sums(of parts: [Picture], on model: ServedModel, _ claim: ByteBudget.Claim) async throws -> [Double] {
        var sums: [Double] = []
        for first in stride(from: 0, to: parts.count, by: Self.cropsAtOnce) {
            let rows = try await withThrowingTaskGroup(of: (Int, [Double]).self) { group in
                for index in first..<min(first + Self.cropsAtOnce, parts.count) {
                    group.addTask {
                        let own = self.budget.claim()
                        defer { withExtendedLifetime(own) {} }
                        let request = try await self.coding {
                            try self.request(for: parts[index], model.preprocessing.afterCropping, of: model, own)
                        }
                        let answer = try await self.run(request, on: model)
                        return (index, try await self.coding { try answer.probabilities(of: model) })
                    }
                }
                var rows: [(Int, [Double])] = []
                for try await row in group { rows.append(row) }
                return rows.sorted { $0.0 < $1.0 }.map(\.1)
            }
            let soFar = sums
            sums = try await coding { rows.reduce(into: soFar) { $0 = $0.isEmpty ? $1 : zip($0, $1).map(+) } }
        }
        return sums
    }

    /// - Parameter claim: holds the memory of the picture.
    private func decoded(
        _ picture: [UInt8], _ orientation: Picture.Orientation, _ claim: ByteBudget.Claim
    ) throws -> Picture {
        let limits = DecodingLimits(maxFileBytes: configuration.maxBodyBytes) { try claim.add($0) }
        return try Picture(decoding: picture, limits: limits, orientation: orientation)
    }

    /// - Parameter claim: holds the memory of the network's input.
    private func request(
        for picture: Picture, _ preprocessing: Preprocessing, of model: ServedModel, _ claim: ByteBudget.Claim
    ) throws -> InferenceRequest {
        var batch = PictureBatch(preprocessing: preprocessing)
        try batch.append(picture)
        let inputs = try model.engine.filledInput(of: batch)
        try claim.add(inputs.values.reduce(0) { $0 + $1.byteCount })
        return InferenceRequest(
            inputs: try inputs.map { name, tensor in
                try InferenceRequest.Input(
                    name: name, elementType: tensor.elementType, shape: tensor.shape, content: tensor)
            })
    }
}
#endif
