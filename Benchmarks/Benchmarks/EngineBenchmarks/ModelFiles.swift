import Benchmark
import Foundation
import ModelImport

/// A safetensors file of `count` tensors of 64 floats each.
private func makeFile(tensorCount count: Int) throws -> String {
    let entries = (0..<count).map {
        #""layer\#($0).weight":{"dtype":"F32","shape":[64],"data_offsets":[\#($0 * 256),\#($0 * 256 + 256)]}"#
    }
    let header = "{" + entries.joined(separator: ",") + "}"
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    bytes += Data(header.utf8) + Data(count: count * 256)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("deeper-\(UUID().uuidString).safetensors")
    try bytes.write(to: file)
    return file.path
}

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(metrics: [.wallClock, .throughput, .peakMemoryResident])

    Benchmark("safetensors: open a file of 1,000 tensors") { benchmark in
        let path = try makeFile(tensorCount: 1000)
        defer { try? FileManager.default.removeItem(atPath: path) }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try SafetensorsFile(path: path)) }
        benchmark.stopMeasurement()
    }
}
