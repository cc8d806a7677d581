#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import DeeperTensors
internal import FoundationEssentials

extension Inference_ModelInferResponse {
    /// Creates a message whose outputs are raw bytes, the only form that clients read.
    init(_ response: InferenceResponse) throws {
        self.init()
        modelName = response.modelName
        modelVersion = response.modelVersion
        id = response.id ?? ""
        for output in response.outputs {
            var tensor = InferOutputTensor()
            tensor.name = output.name
            tensor.datatype = output.datatype
            tensor.shape = output.shape.map(Int64.init)
            outputs.append(tensor)
            rawOutputContents.append(try output.withBytes { Data($0) })
        }
    }
}

extension Inference_ModelMetadataResponse {
    init(_ model: ModelDescription) {
        self.init()
        name = model.name
        versions = model.versions
        platform = ModelDescription.platform
        inputs = model.inputs.map(Self.port)
        outputs = model.outputs.map(Self.port)
    }

    private static func port(_ port: ModelDescription.Port) -> TensorMetadata {
        var result = TensorMetadata()
        result.name = port.name
        result.datatype = port.elementType.datatype
        result.shape = port.shape.map(Int64.init)
        return result
    }
}

extension Inference_ModelConfig {
    init(_ model: ModelDescription) {
        self.init()
        name = model.name
        platform = ModelDescription.platform
        backend = ModelDescription.backend
        maxBatchSize = Int32(model.maxBatch)
        input = model.inputs.map { port in
            var result = Inference_ModelInput()
            result.name = port.name
            result.dataType = Inference_DataType(port.elementType)
            result.dims = model.configurationShape(of: port).map(Int64.init)
            return result
        }
        output = model.outputs.map { port in
            var result = Inference_ModelOutput()
            result.name = port.name
            result.dataType = Inference_DataType(port.elementType)
            result.dims = model.configurationShape(of: port).map(Int64.init)
            return result
        }
        if model.preferredBatch > 1 {
            dynamicBatching.preferredBatchSize = [Int32(model.preferredBatch)]
            dynamicBatching.maxQueueDelayMicroseconds = UInt64(model.maxDelayMicroseconds)
        }
    }
}

extension Inference_DataType {
    fileprivate init(_ type: ElementType) {
        self =
            switch type {
            case .float32: .typeFp32
            case .float64: .typeFp64
            case .float16: .typeFp16
            case .bfloat16: .typeBf16
            case .int8: .typeInt8
            case .uint8: .typeUint8
            case .int16: .typeInt16
            case .uint16: .typeUint16
            case .int32: .typeInt32
            case .uint32: .typeUint32
            case .int64: .typeInt64
            case .uint64: .typeUint64
            case .bool: .typeBool
            }
    }
}

extension Inference_ModelStatistics {
    init(_ model: ServedModel) {
        self.init()
        let all = model.statistics.snapshot
        name = model.name
        version = model.version
        lastInference = UInt64(all.lastInferenceMilliseconds)
        inferenceCount = UInt64(all.inferenceCount)
        executionCount = UInt64(all.executionCount)
        inferenceStats.success = .init(all.success)
        inferenceStats.fail = .init(all.failure)
        inferenceStats.queue = .init(all.queue)
        inferenceStats.computeInput = .init(all.input)
        inferenceStats.computeInfer = .init(all.compute)
        inferenceStats.computeOutput = .init(all.output)
        batchStats = all.batches.sorted { $0.key < $1.key }.map { rows, sum in
            var batch = Inference_InferBatchStatistics()
            batch.batchSize = UInt64(rows)
            batch.computeInput = .init(sum.input)
            batch.computeInfer = .init(sum.compute)
            batch.computeOutput = .init(sum.output)
            return batch
        }
    }
}

extension Inference_StatisticDuration {
    fileprivate init(_ sum: ModelStatistics.Sum) {
        self.init()
        count = UInt64(sum.count)
        ns = UInt64(sum.nanoseconds)
    }
}
#endif
