internal import DeeperGraphs
public import DeeperKernels
public import DeeperTensors

/// Builds a ``Plan`` step by step, for work that no graph describes, such as training.
///
/// A step runs in the first stage in which its inputs are ready; steps of the same stage run together. Buffers share
/// the arena by their lifetimes, as in plans of a ``Planner``.
public struct PlanDraft {
    /// A value of the plan: a buffer, a slice of a buffer's channels, an input or a part of a state.
    public struct Value: Sendable, Hashable {
        let location: Place.Location
        /// How many elements of every pixel of the buffer come before the slice.
        let firstChannel: Int
        public let descriptor: TensorDescriptor

        public var shape: Shape { descriptor.shape }
        public var pitch: Int { descriptor.pixelPitch }
        /// For a value with channels: the number of images times positions.
        public var pixels: Int { shape[0] * shape.dimensions.dropFirst(2).reduce(1, *) }
        public var channels: Int { shape.rank > 1 ? shape[1] : 1 }
        /// The same bytes seen with another type and layout.
        public func viewed(as descriptor: TensorDescriptor) -> Value {
            Value(location: location, firstChannel: firstChannel, descriptor: descriptor)
        }

        var access: StepBuilder.Access {
            let size = descriptor.elementType.byteCount
            return StepBuilder.Access(
                location: location, descriptor: descriptor,
                slice: descriptor.isDense ? 0..<Int.max : firstChannel * size..<(firstChannel + channels) * size)
        }
    }

    private var builder = StepBuilder()
    private var inputs: [Plan.Port] = []
    private var stateCount = 0

    public init() {}

    /// Makes a buffer in the arena.
    public mutating func buffer(_ descriptor: TensorDescriptor) -> Value {
        let place = builder.materialise(Target(descriptor: descriptor))
        return Value(location: place.location, firstChannel: 0, descriptor: descriptor)
    }

    /// Makes a buffer of `count` floats in the arena.
    public mutating func floats(_ count: Int) throws -> Value {
        buffer(TensorDescriptor(TensorType(.float32, try Shape(validating: [count]))))
    }

    /// A range of channels of a channels-last value.
    public func slice(_ whole: Value, channels: Range<Int>) throws -> Value {
        var dimensions = whole.shape.dimensions
        precondition(whole.descriptor.layout == .channelsLast && channels.upperBound <= dimensions[1])
        dimensions[1] = channels.count
        let type = TensorType(whole.descriptor.elementType, try Shape(validating: dimensions))
        return Value(
            location: whole.location.advanced(by: channels.lowerBound * type.elementType.byteCount),
            firstChannel: whole.firstChannel + channels.lowerBound,
            descriptor: TensorDescriptor(type, .channelsLast, pixelPitch: whole.pitch))
    }

    /// Adds an input of the run. The elements of its tensor are in the order in which `descriptor` places them.
    public mutating func input(_ name: String, _ descriptor: TensorDescriptor) -> Value {
        inputs.append(Plan.Port(name: name, type: descriptor.type))
        return Value(location: .input(inputs.count - 1), firstChannel: 0, descriptor: descriptor)
    }

    /// A range of floats of a memory that outlives runs. The plan does not order steps by what they access there, so
    /// steps that use the same floats must not depend on each other.
    public mutating func state(_ index: Int, offset: Int = 0, count: Int) throws -> Value {
        stateCount = max(stateCount, index + 1)
        let type = TensorType(.float32, try Shape(validating: [count]))
        return Value(
            location: .state(index, offset: offset), firstChannel: 0, descriptor: TensorDescriptor(type))
    }

    /// Adds a step; its operands are `reads`, `updates` and `writes`, in this order.
    ///
    /// - Parameters:
    ///   - updates: what the step reads and writes back.
    ///   - writes: buffers, or slices of buffers, that no step has touched before.
    ///   - notBefore: the earliest stage.
    /// - Returns: the step's stage.
    @discardableResult
    public mutating func add(
        _ kernel: any Kernel, named name: String, _ operatorName: String, reads: [Value], updates: [Value] = [],
        writes: [Value] = [], macs: Int = 0, notBefore: Int = 0
    ) -> Int {
        let result = (writes.first ?? updates.first ?? reads.first)?.descriptor.type ?? TensorType(.float32, [0])
        return builder.add(
            kernel, named: name, operatorName, reads: reads.map(\.access), updates: updates.map(\.access),
            writes: writes.map { .place($0.access) }, result, macs: macs, notBefore: notBefore)
    }

    /// The first stage in which a value is complete: the one after the last stage that writes to it.
    public func readyStage(of value: Value) -> Int { builder.readyStage(of: value.access) }

    /// Places all buffers and makes the plan.
    ///
    /// - Throws: `limitExceeded` if the plan needs more than `memoryLimitBytes`.
    public func finish(memoryLimitBytes: Int = .max) throws -> Plan {
        let plan = try builder.finish(inputs: inputs, outputs: [], fixedInputs: [:], stateCount: stateCount)
        let total = saturatingSum([plan.memoryByteCount(workers: 1), plan.weightByteCount])
        guard total <= memoryLimitBytes else {
            throw DeeperError(.limitExceeded, "the plan needs \(total) bytes, the limit is \(memoryLimitBytes)")
        }
        return plan
    }
}
