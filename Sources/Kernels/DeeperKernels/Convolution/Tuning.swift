/// Methods for convolutions of certain geometries, measured on a machine instead of estimated.
///
/// By geometry of one image, so that neither batch nor threads nor a layer's place in its network change an answer's
/// bits. Other geometries are computed as estimated.
public struct Tuning: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public var method: ConvolutionMethod
        /// The least time that each way took.
        public var microseconds: [ConvolutionMethod: Double]

        /// ``microseconds`` by the ways' names.
        public var microsecondsByName: [String: Double] {
            Dictionary(uniqueKeysWithValues: microseconds.map { ($0.key.name, $0.value) })
        }

        public init(_ method: ConvolutionMethod, microseconds: [ConvolutionMethod: Double] = [:]) {
            self.method = method
            self.microseconds = microseconds
        }
    }

    /// What the times were measured with.
    public var instructionSet: InstructionSet
    public var entries: [ConvolutionGeometry: Entry]

    public init(_ instructionSet: InstructionSet, entries: [ConvolutionGeometry: Entry] = [:]) {
        self.instructionSet = instructionSet
        self.entries = entries
    }

    /// The method for a convolution, if it was measured and the method applies.
    func method(for shape: ConvolutionShape) -> ConvolutionMethod? {
        guard let method = entries[shape.geometry]?.method, method.applies(to: shape) else { return nil }
        return method
    }

    /// Why a convolution is computed as it is, as text.
    func reason(for shape: ConvolutionShape) -> String? {
        guard let entry = entries[shape.geometry] else { return nil }
        let times = ConvolutionMethod.all.compactMap { method in
            entry.microseconds[method].map { "\(method.name) \(Int($0.rounded())) us" }
        }
        return (["tuned"] + times).joined(separator: ", ")
    }
}
