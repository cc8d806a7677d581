#if CommandLine
import DeeperCommandSupport
import DeeperGraphs
import DeeperTensors

/// A graph drawn as SVG: a box for each node with its operator, name, attributes, output shape and costs.
struct GraphDrawing {
    /// What is known about a node in addition to the graph.
    struct Cost {
        var macs = 0
        var parameters = 0
        var time: Time?

        /// The time of a step, which may compute several nodes.
        struct Time {
            let milliseconds: Double
            let nodeCount: Int
        }
    }

    private struct Box {
        let title: String
        let kind: String
        let lines: [String]
        let tooltip: String

        var width: Double {
            let longest = ([title] + lines).map(\.count).max() ?? 0
            return max(80, Double(longest) * GraphDrawing.characterWidth + 20)
        }

        var height: Double { GraphDrawing.headHeight + Double(lines.count) * GraphDrawing.lineHeight + 6 }
    }

    private let boxes: [Box]
    private let layout: LayeredLayout
    private let edges: [(from: Int, to: Int)]

    private static let characterWidth = 7.3
    private static let lineHeight = 15.0
    private static let headHeight = 22.0
    private static let margin = 24.0

    /// - Parameters:
    ///   - shapes: of all values, as text.
    ///   - costs: by node, in the graph's order.
    /// - Throws: `limitExceeded` for a graph that is too large to be drawn.
    init(_ graph: Graph, shapes: [ValueID: String], costs: [Cost]) throws {
        let inputs = graph.inputs.filter { graph.constants[$0.value] == nil }
        var boxes = inputs.map { input in
            Box(
                title: graph.name(of: input.value), kind: "port", lines: ["\(input.type)"],
                tooltip: "input \(graph.name(of: input.value))")
        }
        var makers: [ValueID: Int] = [:]
        for (index, input) in inputs.enumerated() { makers[input.value] = index }
        var edges: [(from: Int, to: Int)] = []
        for (node, cost) in zip(graph.nodes, costs) {
            edges += Set(node.inputs.compactMap { $0.flatMap { makers[$0] } }).sorted().map { ($0, boxes.count) }
            for case let output? in node.outputs { makers[output] = boxes.count }
            boxes.append(GraphDrawing.box(of: node, in: graph, shapes, cost))
        }
        for output in graph.outputs {
            if let maker = makers[output] { edges.append((maker, boxes.count)) }
            boxes.append(
                Box(
                    title: graph.name(of: output), kind: "port", lines: [shapes[output] ?? ""],
                    tooltip: "output \(graph.name(of: output))"))
        }
        self.boxes = boxes
        self.edges = edges
        layout = try LayeredLayout(
            boxes.map { LayeredLayout.Box(width: $0.width, height: $0.height) }, edges: edges)
    }

    private static func box(of node: Node, in graph: Graph, _ shapes: [ValueID: String], _ cost: Cost) -> Box {
        var lines = [node.name.shortened(to: 36)]
        let attributes = node.operation.summary
        if !attributes.isEmpty { lines.append(attributes.shortened(to: 36)) }
        if let shape = node.outputs.first.flatMap({ $0 }).flatMap({ shapes[$0] }) { lines.append(shape) }
        if cost.macs > 0 { lines.append("\(cost.macs.rounded) MACs, \(cost.parameters.rounded) parameters") }
        if let time = cost.time {
            let others = time.nodeCount > 1 ? ", shared by \(time.nodeCount) nodes" : ""
            lines.append("\(fixed(time.milliseconds, 3)) ms\(others)")
        }
        let weights = node.inputs.compactMap { $0 }.compactMap { value in
            graph.constants[value].map { "\n\(graph.name(of: value)): \($0.elementType)\($0.shape)" }
        }
        return Box(
            title: node.operatorName, kind: kind(of: node.operatorName), lines: lines.filter { !$0.isEmpty },
            tooltip: "\(node.label) \(attributes)" + weights.joined())
    }

    /// Groups of operators that share a colour.
    private static func kind(of name: String) -> String {
        switch name {
        case _ where name.contains("Conv") || name.contains("Gemm") || name.contains("MatMul"): "product"
        case _ where name.contains("Pool"): "pool"
        case _ where name.contains("Norm") || name == "LRN": "norm"
        case _ where name.contains("Quantize"): "quantize"
        case "Relu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "LeakyRelu", "PRelu", "Tanh", "Softmax", "Elu",
            "Gelu",
            "Mish", "Swish":
            "activation"
        case "Concat", "Reshape", "Flatten", "Transpose", "Split", "Slice", "Squeeze", "Unsqueeze", "Pad", "Resize",
            "Gather", "Shape", "Cast", "Identity":
            "movement"
        default: "other"
        }
    }

    var svg: String {
        let width = fixed(layout.width + 2 * GraphDrawing.margin, 0)
        let height = fixed(layout.height + 2 * GraphDrawing.margin, 0)
        let head =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
            + "viewBox=\"0 0 \(width) \(height)\">"
        let shift = "<g transform=\"translate(\(fixed(GraphDrawing.margin, 0)) \(fixed(GraphDrawing.margin, 0)))\">"
        return
            ([
                head, "<style>\(GraphStyle.sheet)</style>", "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
                shift,
            ]
            + layout.paths.map(path) + boxes.indices.map(element) + ["</g></svg>"]).joined(separator: "\n") + "\n"
    }

    /// A curve that leaves and enters the layers vertically.
    private func path(_ points: [LayeredLayout.Point]) -> String {
        guard let first = points.first else { return "" }
        var text = "M\(fixed(first.x, 1)) \(fixed(first.y, 1))"
        for (from, to) in zip(points, points.dropFirst()) {
            let middle = fixed((from.y + to.y) / 2, 1)
            text += "C\(fixed(from.x, 1)) \(middle) \(fixed(to.x, 1)) \(middle) \(fixed(to.x, 1)) \(fixed(to.y, 1))"
        }
        return "<path class=\"edge\" d=\"\(text)\"/>"
    }

    private func element(_ index: Int) -> String {
        let box = boxes[index], center = layout.centers[index]
        let (left, top) = (center.x - box.width / 2, center.y - box.height / 2)
        var text =
            "<g transform=\"translate(\(fixed(left, 1)) \(fixed(top, 1)))\"><title>\(SVG.escaped(box.tooltip))</title>"
            + "<rect class=\"box\" rx=\"5\" width=\"\(fixed(box.width, 1))\" height=\"\(fixed(box.height, 1))\"/>"
            + "<rect class=\"head \(box.kind)\" rx=\"5\" width=\"\(fixed(box.width, 1))\" "
            + "height=\"\(fixed(GraphDrawing.headHeight, 1))\"/>"
            + "<text class=\"title\" x=\"10\" y=\"15\">\(SVG.escaped(box.title))</text>"
        for (row, line) in box.lines.enumerated() {
            let y = GraphDrawing.headHeight + GraphDrawing.lineHeight * Double(row + 1) - 2
            text += "<text x=\"10\" y=\"\(fixed(y, 1))\">\(SVG.escaped(line))</text>"
        }
        return text + "</g>"
    }
}
#endif
