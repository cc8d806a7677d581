internal import DeeperImaging
public import DeeperKernels
internal import DeeperTensors
public import FoundationEssentials

extension Tuning {
    /// The contents of a tuning file.
    private struct File: Codable {
        static let format = "deeper plan"
        static let version = 1

        struct Entry: Codable {
            var geometry: String
            var method: String
            var microseconds: [String: Double]
        }

        var format = File.format
        var version = File.version
        var isa: String
        var convolutions: [Entry]
    }

    private static let largestFile = 16 << 20

    /// Reads a file that ``write(to:)`` wrote.
    ///
    /// - Throws: `fileNotFound`; `invalidInput` if it is not such a file; `limitExceeded` if it has more than 16 MiB;
    ///   `unsupported` for another version.
    public init(contentsOf url: URL) throws {
        self = try locating(url.relativePath) {
            let data = Data(try FileAccess.read(url.relativePath, maxByteCount: Tuning.largestFile))
            guard let file = try? JSONDecoder().decode(File.self, from: data), file.format == File.format else {
                throw DeeperError(.invalidInput, "this file was not written by deeper tune")
            }
            guard file.version == File.version else {
                throw DeeperError(.unsupported, "version \(file.version), expected \(File.version); tune again")
            }
            guard let set = InstructionSet(rawValue: file.isa) else {
                throw DeeperError(.unsupported, "tuned for instruction set \"\(file.isa)\"")
            }
            var result = Tuning(set)
            for entry in file.convolutions {
                result.entries[try .named(entry.geometry)] = try locating("convolution \"\(entry.geometry)\"") {
                    var times: [ConvolutionMethod: Double] = [:]
                    for (name, time) in entry.microseconds {
                        guard (0...1e12).contains(time) else {
                            throw DeeperError(.invalidInput, "\(name) is said to take \(time) microseconds")
                        }
                        times[try .named(name)] = time
                    }
                    return Tuning.Entry(try .named(entry.method), microseconds: times)
                }
            }
            return result
        }
    }

    /// Writes the choices and the times as JSON, atomically.
    ///
    /// - Throws: `fileNotFound` if the file cannot be written.
    public func write(to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let file = File(
            isa: instructionSet.rawValue,
            convolutions: entries.sorted { $0.key.description < $1.key.description }.map { geometry, entry in
                File.Entry(
                    geometry: geometry.description, method: entry.method.name,
                    microseconds: entry.microsecondsByName.mapValues { ($0 * 10).rounded() / 10 })
            })
        let text = [UInt8](try encoder.encode(file))
        try locating(url.relativePath) { try FileAccess.writeAtomically(text, to: url.relativePath) }
    }

    /// The part that compiled files keep: the methods without the times.
    var methods: [String: String] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.key.description, $0.value.method.name) })
    }

    init(_ instructionSet: InstructionSet, methods: [String: String]) throws {
        self.init(instructionSet)
        for (geometry, method) in methods { entries[try .named(geometry)] = Entry(try .named(method)) }
    }
}

extension ConvolutionGeometry {
    fileprivate static func named(_ text: String) throws -> ConvolutionGeometry {
        guard let geometry = ConvolutionGeometry(text) else {
            throw DeeperError(.invalidInput, "\"\(text)\" describes no convolution")
        }
        return geometry
    }
}

extension ConvolutionMethod {
    fileprivate static func named(_ name: String) throws -> ConvolutionMethod {
        if let method = ConvolutionMethod(name: name) { return method }
        let names = all.map(\.name).joined(separator: ", ")
        throw DeeperError(.invalidInput, "method \"\(name)\", expected one of \(names)")
    }
}
