#if CommandLine
/// The cost of one step of a profile: the shortest times of several runs.
package struct StepCost {
    /// A step that only moves or combines its operands should take at most this many times as long as copying them.
    package static let largestRatio = 1.5
    /// A shorter step is not judged: waking a thread takes as long as its work.
    package static let leastJudgedMilliseconds = 0.02

    package let name: String
    package let operatorName: String
    package let lowering: String
    package let inputs: [[Int]]
    package let outputs: [[Int]]
    package let macs: Int
    package let movedBytes: Int
    package let milliseconds: Double
    /// The time of a copy that moves as many bytes; nil for a step that multiplies.
    package let copyMilliseconds: Double?

    /// - Parameter inputs, outputs: extents of each tensor.
    package init(
        name: String, operatorName: String, lowering: String, inputs: [[Int]], outputs: [[Int]], macs: Int,
        movedBytes: Int, milliseconds: Double, copyMilliseconds: Double?
    ) {
        self.name = name
        self.operatorName = operatorName
        self.lowering = lowering
        self.inputs = inputs
        self.outputs = outputs
        self.macs = macs
        self.movedBytes = movedBytes
        self.milliseconds = milliseconds
        self.copyMilliseconds = copyMilliseconds
    }

    /// The step's time divided by the time of its copy; nil for a step that is not judged.
    package var copyRatio: Double? {
        guard let copyMilliseconds, copyMilliseconds > 0, milliseconds >= StepCost.leastJudgedMilliseconds else {
            return nil
        }
        return milliseconds / copyMilliseconds
    }

    /// Milliseconds beyond the largest ratio; 0 or less for a step within it and for one that is not judged.
    var excess: Double {
        guard copyRatio != nil, let copyMilliseconds else { return 0 }
        return milliseconds - StepCost.largestRatio * copyMilliseconds
    }

    /// Name, operator, lowering and shapes.
    var title: String {
        "\(name) (\(operatorName), \(lowering); \(StepCost.text(of: inputs)) to \(StepCost.text(of: outputs)))"
    }

    private static func text(of shapes: [[Int]]) -> String {
        let shown = shapes.prefix(3).map { $0.isEmpty ? "scalar" : $0.map(String.init).joined(separator: " x ") }
        let rest = shapes.count > shown.count ? [" and \(shapes.count - shown.count) more"] : []
        return shapes.isEmpty ? "no tensor" : shown.joined(separator: ", ") + rest.joined()
    }
}
#endif
