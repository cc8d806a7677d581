import DeeperKernels
import Testing

/// Every instruction set of this machine with every provider of matrix products.
enum Engines {
    static func all() throws -> [KernelOptions] {
        BLASLibrary.setThreadsPerCall(1)
        let unpacked = try InstructionSet.available.flatMap { set in
            try [GemmChoice.openblas, .reference].map {
                try KernelOptions($0, algorithm: .direct, instructionSet: set)
            }
        }
        return try unpacked
            + ProductRoutine.available.map {
                try KernelOptions(.packed, algorithm: .direct, instructionSet: $0.instructionSet, product: $0)
            }
    }

    /// One engine an instruction set, for kernels that multiply no matrices.
    static func vectorOnly() throws -> [KernelOptions] {
        try InstructionSet.available.map { try KernelOptions(gemm: ReferenceGemm(), instructionSet: $0) }
    }

    /// One engine for every routine of packed products.
    static func packed() throws -> [KernelOptions] {
        try ProductRoutine.available.map { routine in
            var options = try KernelOptions(
                .packed, instructionSet: routine.instructionSet, product: routine)
            // So that work is cut which one worker would do at a stretch.
            options.workers = 3
            return options
        }
    }

    static func one() throws -> KernelOptions { try KernelOptions(gemm: ReferenceGemm()) }
}

extension KernelOptions {
    var name: String { "\(instructionSet.rawValue), \(packsFilters ? "packed \(product?.name ?? "")" : gemm.name)" }
}

/// Checks floats for equality (NaN equals NaN) and names the first that differs.
func expectEqual(
    _ actual: [Float], _ expected: [Float], _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(actual, expected, comment(), sourceLocation: sourceLocation) { _ in 0 }
}

/// Checks that every float is within `tolerance(index)` of what is expected and names the first that is not. NaN is
/// close to NaN only, infinities to themselves.
func expectClose(
    _ actual: [Float], _ expected: [Float], _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation, tolerance: (Int) -> Float
) {
    guard actual.count == expected.count else {
        Issue.record(
            "\(actual.count) elements instead of \(expected.count) (\(comment()))", sourceLocation: sourceLocation)
        return
    }
    for index in actual.indices {
        let (value, wanted) = (actual[index], expected[index])
        if value == wanted || value.isNaN && wanted.isNaN || abs(value - wanted) <= tolerance(index) { continue }
        Issue.record(
            "element \(index) is \(value), expected \(wanted) within \(tolerance(index)) (\(comment()))",
            sourceLocation: sourceLocation)
        return
    }
}

/// Half the distance from 1 to the next float: the largest relative error of one rounding.
let unitRoundoff: Float = 0x1p-24

/// Lays planes (N, C, pixels) out as pixels of `pitch` floats; the gaps hold NaN.
func channelsLast(_ planes: [Float], images: Int, channels: Int, pixels: Int, pitch: Int) -> [Float] {
    var result = [Float](repeating: .nan, count: images * pixels * pitch)
    for image in 0..<images {
        for channel in 0..<channels {
            for pixel in 0..<pixels {
                result[(image * pixels + pixel) * pitch + channel] =
                    planes[(image * channels + channel) * pixels + pixel]
            }
        }
    }
    return result
}

/// The opposite of ``channelsLast`` for dense pixels.
func planes(_ pixels: [Float], images: Int, channels: Int, pixels count: Int) -> [Float] {
    var result = [Float](repeating: .nan, count: images * channels * count)
    for image in 0..<images {
        for pixel in 0..<count {
            for channel in 0..<channels {
                result[(image * channels + channel) * count + pixel] =
                    pixels[(image * count + pixel) * channels + channel]
            }
        }
    }
    return result
}
