import DeeperTensors

/// An operator of the graph.
struct TFLiteOperation {
    /// The operator's name in the schema; that of the file for a custom operator, after "custom ".
    let name: String
    /// The tensors that it reads; nil for one that is left out.
    let inputs: [Int?]
    let outputs: [Int]
    let options: FlatbufferTable?
    private let table: FlatbufferTable
    private let index: Int
    private let firstOutput: String

    init(_ table: FlatbufferTable, _ index: Int, _ codes: [String], _ tensors: [TFLiteTensor]) throws {
        let code = try table.unsigned(0)
        guard code < codes.count else {
            throw DeeperError(.invalidModel, "the operator is of kind \(code) of \(codes.count)")
        }
        name = codes[code]
        let (inputs, outputs) = (try table.ints(1), try table.ints(2))
        let ports = 0..<tensors.count
        if let bad = (inputs.filter { $0 != -1 } + outputs).first(where: { !ports.contains($0) }) {
            throw DeeperError(.invalidModel, "the operator uses tensor \(bad) of \(tensors.count)")
        }
        self.inputs = inputs.map { $0 == -1 ? nil : $0 }
        self.outputs = outputs
        options = try table.table(4)
        self.table = table
        self.index = index
        firstOutput = outputs.first.map { tensors[$0].name } ?? ""
    }

    var label: String { "operator \(index) (\(name)) \(firstOutput.quotedForMessage)" }

    /// The options of a custom operator.
    func customOptions() throws -> FlexbufferMap {
        guard let options = try table.flexbuffer(5) else {
            throw DeeperError(.invalidModel, "the operator has no options")
        }
        return options
    }

    /// The name of an operator code. Codes above 126 are in a field of their own.
    static func name(of table: FlatbufferTable) throws -> String {
        let code = max(try table.int(3), try table.byte(0))
        guard TFLiteOperators.names.indices.contains(code) else { return "number \(code)" }
        return code == 32 ? "custom " + (try table.text(1)) : TFLiteOperators.names[code]
    }
}
