public import DeeperTensors

/// Runs a kernel by itself on the calling thread. For constants and tests; plans do not use it.
///
/// - Returns: `outputs` after the run.
/// - Throws: `invalidInput` if the kernel reports a fault; `limitExceeded` if memory is refused.
public func runOnce(_ kernel: any Kernel, inputs: [Tensor], outputs: [Tensor]) throws -> [Tensor] {
    var outputs = outputs
    let scratch = try AlignedStorage(byteCount: kernel.scratchByteCount + 64)
    let faults = FaultFlag()
    func run(_ addresses: [UnsafeMutableRawPointer], _ input: Int, _ output: Int) throws {
        if input < inputs.count {
            try inputs[input].withUnsafeBytes { bytes in
                // Kernels only read their inputs; the table has one pointer type for both.
                let address = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
                try run(addresses + [address], input + 1, output)
            }
        } else if output < outputs.count {
            var tensor = outputs[output]
            try tensor.withUnsafeMutableBytes { try run(addresses + [$0.baseAddress!], input, output + 1) }
            outputs[output] = tensor
        } else {
            addresses.withUnsafeBufferPointer { table in
                guard let base = table.baseAddress else { return }
                for tile in 0..<kernel.tileCount {
                    kernel.run(
                        tile: tile, operands: Operands(base, faults: faults),
                        scratch: Scratch(scratch.mutableBytes.baseAddress!))
                }
            }
        }
    }
    try FloatingPointMode.during { try run([], 0, 0) }
    if let fault = faults.take() { throw DeeperError(.invalidInput, fault.message) }
    return outputs
}
