public import DeeperGraphs
internal import DeeperTensors
public import DeeperZoo

/// An Inception module, a branch or the whole network in its naive and in its reduced form. The three conventions must
/// not be mixed up.
public struct InceptionPair: Sendable {
    /// What is compared.
    public enum Convention: String, Sendable, CaseIterable, Codable {
        /// One module with the input that it has in the real network. The naive form passes on all channels of the
        /// pooled input.
        case module
        /// The 5x5 branch alone, with the same input.
        case branch
        /// The whole network, in which naive modules in sequence become wider and wider.
        case stacked
    }

    public let convention: Convention
    /// "3a" ... "5b", or "network".
    public let name: String
    /// Exact counts for one picture.
    public let naive: OperationReport.Entry
    public let reduced: OperationReport.Entry
    private let build: @Sendable (InceptionForm, WeightSource) throws -> Graph

    /// Multiply-accumulates of the naive form divided by those of the reduced form: the speed-up predicted by counting.
    public var predictedRatio: Double { Double(naive.macs) / Double(max(1, reduced.macs)) }

    public func graph(_ form: InceptionForm, weights: WeightSource) throws -> Graph { try build(form, weights) }

    /// The counts of one form.
    public func count(_ form: InceptionForm) -> OperationReport.Entry { form == .naive ? naive : reduced }

    private init(
        _ convention: Convention, _ name: String,
        _ build: @escaping @Sendable (InceptionForm, WeightSource) throws -> Graph
    ) throws {
        func count(_ form: InceptionForm) throws -> OperationReport.Entry {
            let rows = try build(form, .zeros).operationRows()
            return OperationReport(model: name, inputs: [:], rows: rows, grouping: .module).total
        }
        self.convention = convention
        self.name = name
        self.build = build
        (naive, reduced) = (try count(.naive), try count(.reduced))
    }

    /// "3a" ... "5b".
    public static let moduleNames = InceptionModule.ofGoogLeNet().map { String($0.name.suffix(2)) }

    /// One of the nine modules, or its 5x5 branch.
    ///
    /// - Throws: `invalidInput` for another name; an error for `stacked`, which has no modules of its own.
    public static func pair(_ convention: Convention, module name: String) throws -> InceptionPair {
        guard let index = moduleNames.firstIndex(of: name), convention != .stacked else {
            throw DeeperError(
                .invalidInput, "there is no module \(name); there are \(moduleNames.joined(separator: ", "))")
        }
        return try InceptionPair(convention, name) { form, weights in
            let module = InceptionModule.ofGoogLeNet(form)[index]
            return try convention == .module ? module.graph(weights: weights) : module.branch5x5(weights: weights)
        }
    }

    /// The whole network.
    public static func stacked() throws -> InceptionPair {
        try InceptionPair(.stacked, "network") { try GoogLeNet(form: $0).graph(weights: $1) }
    }
}
