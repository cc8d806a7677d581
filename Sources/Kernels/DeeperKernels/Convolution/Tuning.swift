/// The fastest methods for convolutions of certain geometries, measured on a machine instead of estimated.
///
/// A choice depends on the geometry of one image only, so that neither the batch, the threads nor a layer's position in
/// its network change the bits of a result. For other geometries, the estimated method is used.
public struct Tuning: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public var method: ConvolutionMethod
        /// The shortest time that was measured for each method.
        public var microseconds: [ConvolutionMethod: Double]

        /// ``microseconds`` by the methods' names.
        public var microsecondsByName: [String: Double] {
            Dictionary(uniqueKeysWithValues: microseconds.map { ($0.key.name, $0.value) })
        }

        public init(_ method: ConvolutionMethod, microseconds: [ConvolutionMethod: Double] = [:]) {
            self.method = method
            self.microseconds = microseconds
        }
    }

    /// The instruction set that the times were measured with.
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

    /// The reason for the choice of a convolution's method, as text.
    func reason(for shape: ConvolutionShape) -> String? {
        guard let entry = entries[shape.geometry] else { return nil }
        let times = ConvolutionMethod.all.compactMap { method in
            entry.microseconds[method].map { "\(method.name) \(Int($0.rounded())) us" }
        }
        return (["tuned"] + times).joined(separator: ", ")
    }
}
