public import DeeperGraphs
public import DeeperTensors
internal import FoundationEssentials
internal import SwiftProtobuf

/// A file with a model and its weights packed for one instruction set, mapped or copied.
///
/// Layout: ``CompiledHeader``, then the graph as an ONNX message without the data of large constants, the data of those
/// large constants that are needed unpacked, and the packed weights, each at a 64-byte boundary and with a checksum.
public final class CompiledModel: Sendable {
    public let graph: Graph
    /// The model's texts by key.
    public let metadata: [String: String]
    /// Packed weights by name, in the file's pages.
    public let weights: [String: AlignedStorage]
    private let sections: [String: CompiledHeader.Section]
    private let header: CompiledHeader
    private let file: MappedFile
    public var settings: Settings { header.settings }
    /// The fingerprint of the graph that the weights were packed for, as given to
    /// ``write(_:metadata:needed:weights:settings:fingerprint:to:)``.
    public var fingerprint: UInt64 { header.fingerprint }

    /// What the weights were packed for.
    public struct Settings: Sendable, Codable, Equatable, CustomStringConvertible {
        public var layout: Int
        public var instructionSet: String
        public var algorithm: String
        public var isSimplified: Bool
        /// Measured methods by geometry, if there were any.
        public var methods: [String: String]?

        public init(
            layout: Int, instructionSet: String, algorithm: String, isSimplified: Bool,
            methods: [String: String]? = nil
        ) {
            self.layout = layout
            self.instructionSet = instructionSet
            self.algorithm = algorithm
            self.isSimplified = isSimplified
            self.methods = methods
        }

        public var description: String {
            "\(instructionSet), algorithm \(algorithm), \(isSimplified ? "simplified" : "raw") graph"
                + (methods.map { ", \($0.count) tuned convolutions" } ?? "")
        }
    }

    /// - Parameter isCopied: whether the file is copied into memory, so that later changes of the file have no effect.
    /// - Throws: `fileNotFound`; `invalidModel` if the file is damaged; `unsupported` for another format.
    public init(path: String, isCopied: Bool = false) throws {
        let (file, header, model, weights) = try locating(path) {
            let file = try MappedFile(path: path, isCopied: isCopied)
            let header = try CompiledHeader(of: file)
            return (file, header, try CompiledModel.model(header, file), try CompiledModel.weights(header, file))
        }
        (self.file, self.header) = (file, header)
        (self.graph, self.metadata, self.weights) = (model.graph, model.metadata, weights)
        sections = Dictionary(header.weights.map { ($0.name, $0.section) }) { first, _ in first }
    }

    /// Compares packed weights with their checksum. Reading the file does not verify them, because that takes time that
    /// several threads can share.
    ///
    /// - Throws: `invalidModel` if they are damaged.
    public func verifyWeights(named name: String) throws {
        guard let section = sections[name] else { return }
        try locating(CompiledModel.place(name)) { _ = try header.verify(section, in: file) }
    }

    private static func place(_ name: String) -> String { "packed weights \(name.quotedForMessage)" }

    private static func weights(_ header: CompiledHeader, _ file: MappedFile) throws -> [String: AlignedStorage] {
        var weights: [String: AlignedStorage] = [:]
        for entry in header.weights {
            try locating(place(entry.name)) {
                let range = try header.range(of: entry.section, in: file)
                guard !range.isEmpty, weights[entry.name] == nil else {
                    throw DeeperError(.invalidModel, "an entry is empty or listed twice")
                }
                weights[entry.name] = file.withUnsafeBytes(in: range) { AlignedStorage($0, of: file) }
            }
        }
        return weights
    }

    private static func model(_ header: CompiledHeader, _ file: MappedFile) throws -> ONNXModel.Contents {
        var data: [Int: ONNXTensorReader.Data] = [:]
        for entry in header.tensors {
            try locating("initializer \(entry.initializer)") {
                guard let section = entry.section else {
                    data[entry.initializer] = ONNXTensorReader.Data(byteCount: entry.byteCount, source: Absent())
                    return
                }
                let range = try header.verify(section, in: file)
                data[entry.initializer] = ONNXTensorReader.Data(
                    byteCount: entry.byteCount,
                    source: file.isCopied ? MemorySource(file, range) : FileSource(file.file, range))
                guard entry.byteCount == range.count else {
                    throw DeeperError(.invalidModel, "\(range.count) bytes are stored, expected \(entry.byteCount)")
                }
            }
        }
        let range = try header.verify(header.model, in: file)
        let model: Onnx_ModelProto = try file.withUnsafeBytes(in: range) { try decodeMessage($0, "an ONNX model") }
        return ONNXModel.Contents(
            graph: try ONNXModel.graph(model, folder: nil, weights: data, widens: false),
            metadata: try ONNXModel.metadata(of: model))
    }

    /// Data in a file that was copied into memory.
    private final class MemorySource: TensorSource {
        private let file: MappedFile
        private let range: Range<Int>

        init(_ file: MappedFile, _ range: Range<Int>) { (self.file, self.range) = (file, range) }

        func read(into bytes: UnsafeMutableRawBufferPointer) throws {
            file.withUnsafeBytes(in: range) { bytes.copyMemory(from: $0) }
        }
    }

    /// A placeholder for the data of weights that the file holds only in packed form.
    private final class Absent: TensorSource {
        func read(into bytes: UnsafeMutableRawBufferPointer) throws {
            throw DeeperError(
                .unsupported,
                "the compiled file only holds these weights packed for the input shapes it was compiled for; use the "
                    + "model that it was compiled from")
        }
    }

    /// Writes a compiled file, atomically.
    ///
    /// - Parameters:
    ///   - metadata: texts by key, as in an ONNX file.
    ///   - needed: the constants whose data is needed unpacked.
    ///   - weights: packed weights by name.
    /// - Throws: `unsupported` for nodes that passes made; `fileNotFound` or `limitExceeded` if the file cannot be
    ///   written; the errors of the constants' sources.
    public static func write(
        _ graph: Graph, metadata: [String: String], needed: Set<ValueID>, weights: [String: AlignedStorage],
        settings: Settings, fingerprint: UInt64, to path: String
    ) throws {
        var layout = CompiledHeader.Writer(settings: settings, fingerprint: fingerprint)
        let message = try ONNXModel.message(graph, metadata, "deeper", .withoutLargeData)
        let model: [UInt8] = try message.serializedBytes()
        layout.model = layout.add(byteCount: model.count, checksum: checksum(of: model))
        var copies: [[UInt8]] = []
        for (number, constant) in ONNXModel.initializers(graph).enumerated() where ONNXModel.isLarge(constant.tensor) {
            let byteCount = constant.tensor.byteCount
            guard needed.contains(constant.value) else {
                layout.tensors.append(.init(initializer: number, byteCount: byteCount, section: nil))
                continue
            }
            var bytes = [UInt8](repeating: 0, count: byteCount)
            try bytes.withUnsafeMutableBytes { try constant.tensor.read(into: $0) }
            let section = layout.add(byteCount: bytes.count, checksum: checksum(of: bytes))
            layout.tensors.append(.init(initializer: number, byteCount: byteCount, section: section))
            copies.append(bytes)
        }
        let ordered = weights.filter { $0.value.byteCount > 0 }.sorted { $0.key < $1.key }
        for (name, storage) in ordered {
            let section = layout.add(byteCount: storage.byteCount, checksum: storage.checksum)
            layout.weights.append(.init(name: name, section: section))
        }
        try locating(path) {
            try AtomicFile.write(to: path) { file in
                try layout.headerBytes().withUnsafeBytes { try file.append($0, upTo: CompiledHeader.alignment) }
                try model.withUnsafeBytes { try file.append($0, upTo: CompiledHeader.alignment) }
                for copy in copies {
                    try copy.withUnsafeBytes { try file.append($0, upTo: CompiledHeader.alignment) }
                }
                for (_, storage) in ordered { try file.append(storage.bytes, upTo: CompiledHeader.alignment) }
            }
        }
    }
}
