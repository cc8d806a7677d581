// Names are those of deeper.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CDeeper
internal import Deeper
internal import DeeperKernels
internal import DeeperTensors

final class EngineHandle: Handle {
    let engine: Engine

    init(_ engine: Engine) { self.engine = engine }
}

extension EngineOptions {
    /// - Throws: `invalidInput` for what makes no sense.
    init(_ options: deeper_engine_options) throws {
        self.init(
            threads: options.threads == 0 ? nil : Int(options.threads),
            concurrentCalls: options.concurrent_calls == 0 ? nil : Int(options.concurrent_calls),
            gemm: try choice(options.gemm, "gemm") ?? .auto,
            algorithm: try choice(options.algorithm, "algorithm") ?? .auto,
            instructionSet: try choice(options.instruction_set, "instruction_set"),
            memoryLimitBytes: Int(options.memory_limit_bytes), preparedPlanCount: Int(options.prepared_plans),
            setsBLASThreads: options.sets_blas_threads != 0)
        guard memoryLimitBytes > 0, (1...1024).contains(preparedPlanCount), (0...1).contains(options.sets_blas_threads)
        else {
            throw DeeperError(
                .invalidInput,
                "memory_limit_bytes must be positive, prepared_plans 1 to 1024, sets_blas_threads 0 or 1")
        }
    }
}

extension deeper_engine_options {
    static var defaults: deeper_engine_options {
        let options = EngineOptions()
        return deeper_engine_options(
            struct_size: MemoryLayout<deeper_engine_options>.size, threads: 0,
            concurrent_calls: 0, prepared_plans: Int32(options.preparedPlanCount), sets_blas_threads: 0,
            memory_limit_bytes: Int64(options.memoryLimitBytes), gemm: nil, algorithm: nil, instruction_set: nil)
    }
}

@c @implementation
public func deeper_engine_options_init(
    _ options: UnsafeMutablePointer<deeper_engine_options>?, _ struct_size: Int
) -> deeper_status {
    reporting {
        let options = try given(options, "options")
        UnsafeMutableRawPointer(options).storeBytes(of: struct_size, as: Int.self)
        try Versioned.write(deeper_engine_options.defaults, to: options, least: Versioned.optionsLeast, "options")
    }
}

@c @implementation
public func deeper_engine_create(
    _ model: OpaquePointer?, _ options: UnsafePointer<deeper_engine_options>?,
    _ engine: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    reporting {
        let engine = try given(engine, "engine")
        engine.pointee = nil
        let model = try given(ModelHandle.of(model), "model").model
        let defaults = deeper_engine_options.defaults
        let options =
            try options.map { try Versioned.read($0, defaults: defaults, least: Versioned.optionsLeast, "options") }
            ?? defaults
        engine.pointee = EngineHandle(try Engine(model, options: EngineOptions(options))).passed()
    }
}

@c @implementation
public func deeper_engine_release(_ engine: OpaquePointer?) { EngineHandle.release(engine) }

@c @implementation
public func deeper_engine_run(
    _ engine: OpaquePointer?, _ inputs: UnsafePointer<deeper_tensor>?, _ input_count: Int,
    _ outputs: UnsafeMutablePointer<OpaquePointer?>?
) -> deeper_status {
    reporting {
        let outputs = try given(outputs, "outputs")
        outputs.pointee = nil
        let engine = try given(EngineHandle.of(engine), "engine").engine
        let results = try engine.runBlocking(InputTensors.read(inputs, input_count, for: engine))
        outputs.pointee = OutputsHandle(
            try engine.model.outputNames.map { name in
                guard let tensor = results[name] else {
                    throw DeeperError(.internalFault, "output \"\(name)\" is missing")
                }
                return (name, tensor)
            }
        ).passed()
    }
}

@c @implementation
public func deeper_engine_run_into(
    _ engine: OpaquePointer?, _ inputs: UnsafePointer<deeper_tensor>?, _ input_count: Int,
    _ outputs: UnsafePointer<deeper_tensor>?, _ output_count: Int
) -> deeper_status {
    reporting {
        let engine = try given(EngineHandle.of(engine), "engine").engine
        let targets = try OutputTargets(outputs, output_count, of: engine.model)
        try targets.fill(from: engine.runBlocking(InputTensors.read(inputs, input_count, for: engine)))
    }
}

@c @implementation
public func deeper_engine_prepare(
    _ engine: OpaquePointer?, _ inputs: UnsafePointer<deeper_tensor>?, _ input_count: Int
) -> deeper_status {
    reporting {
        let engine = try given(EngineHandle.of(engine), "engine").engine
        if input_count == 0 { return try engine.prepareBlocking() }
        _ = try engine.runBlocking(InputTensors.read(inputs, input_count, for: engine))
    }
}
