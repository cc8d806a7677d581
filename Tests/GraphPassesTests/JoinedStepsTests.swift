import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import Testing

@testable import DeeperPasses

@Suite("steps that the planner joins") struct JoinedStepsTests {
    private static let same: [String: AttributeValue] = ["pads": .ints([1, 1, 1, 1])]

    private func steps(_ net: Net) throws -> [Plan.Step] {
        let inputs = try net.graph.bind(
            net.inputs.mapValues {
                TensorType($0.elementType, $0.shape)
            })
        return try Planner.plan(net.graph, inputs: inputs, options: try KernelOptions(.packed)).steps
    }

    @Test("depthwise, pooling and LRN with the following 1x1 convolution; MACs are added up") func joined() throws {
        for name in ["Conv", "MaxPool", "LRN"] {
            var net = Net(seed: 5)
            let x = try net.input([2, 6, 9, 9])
            let first = try producer(&net, name, x)
            net.output(try net.conv(first, 6, to: 7))
            let steps = try steps(net)
            let step = try #require(steps.first { $0.kernel.parts.count == 2 })
            #expect(step.macCount == 2 * 81 * 6 * 7 + (name == "Conv" ? 2 * 81 * 6 * 9 : 0))
            #expect(!steps.contains { $0.operatorName == name && $0.kernel.parts.count == 1 })
            try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), name)
        }
    }

    @Test("convolution and LRN with the following pooling; MACs are the convolution's") func pooled() throws {
        let pool: [String: AttributeValue] = ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2])]
        for isConvolution in [true, false] {
            var net = Net(seed: 5)
            let x = try net.input([2, 6, 33, 33])
            let first =
                isConvolution
                ? try net.conv(x, 6, to: 7, kernel: [5, 5], bias: true) : try net.node("LRN", [x], ["size": .int(3)])
            net.output(try net.node("MaxPool", [first], pool))
            let step = try #require(try steps(net).first { $0.kernel.parts.count == 2 })
            #expect(step.operatorName == "MaxPool")
            #expect(step.macCount == (isConvolution ? 2 * 29 * 29 * 25 * 6 * 7 : 0))
            try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), step.kernel.report.lowering)
        }
    }

    @Test("not where somebody else reads what lies between, or it is an output") func apart() throws {
        for name in ["Conv", "MaxPool", "LRN"] {
            for isOutput in [false, true] {
                var net = Net(seed: 5)
                let x = try net.input([1, 6, 9, 9])
                let first = try producer(&net, name, x)
                net.output(try net.conv(first, 6, to: 7))
                net.output(isOutput ? first : try net.node("Sigmoid", [first]))
                #expect(try steps(net).allSatisfy { $0.kernel.parts.count == 1 })
                try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), name)
            }
        }
    }

    @Test("through an alias without other readers") func aliased() throws {
        var net = Net(seed: 5)
        let pooled = try net.node("MaxPool", [try net.input([3, 6, 9, 9])], ["kernel_shape": .ints([9, 9])])
        let wide = try net.node("Unsqueeze", [pooled, try net.integers(2)])
        net.output(try net.conv(try net.node("Squeeze", [wide, try net.integers(2)]), 6, to: 7))
        let plan = try net.plan(net.graph)
        #expect(plan.steps.contains { $0.kernel.parts.count == 2 })
        #expect(unwrittenReads(in: plan) == [])
        try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), "alias")
    }

    @Test("not if the same bytes are also read under another name", arguments: 0..<4) func namedTwice(form: Int) throws
    {
        var net = Net(seed: 5)
        let pooled = try net.node("MaxPool", [try net.input([3, 6, 9, 9])], ["kernel_shape": .ints([9, 9])])
        let wide = try net.node("Unsqueeze", [pooled, try net.integers(2)])
        let alias = try net.node("Squeeze", [wide, try net.integers(2)])
        net.output(try net.conv(alias, 6, to: 7))
        switch form {
        case 0: net.output(try net.node("Sigmoid", [pooled]))
        case 1: net.output(pooled)
        case 2: net.output(wide)
        default: net.output(try net.node("Sigmoid", [try net.node("Flatten", [wide])]))
        }
        let plan = try net.plan(net.graph)
        #expect(plan.steps.allSatisfy { $0.kernel.parts.count == 1 })
        #expect(unwrittenReads(in: plan) == [])
        try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), "form \(form)")
    }

    @Test("a Concat of one operand written in place, which also has another reader") func concatenated() throws {
        var net = Net(seed: 5)
        let pooled = try producer(&net, "MaxPool", try net.input([1, 6, 9, 9]))
        let whole = try net.node("Concat", [pooled], ["axis": .int(1)])
        net.output(try net.conv(whole, 6, to: 7))
        net.output(try net.node("Sigmoid", [pooled]))
        var driver = PassDriver(evaluator: try Evaluator(KernelOptions(.packed)))
        let graph = try driver.run(net.graph).graph
        #expect(unwrittenReads(in: try net.plan(graph)) == [])
        try expectClose(net.run(net.graph, optimizes: true, threads: 2), net.runNodeByNode(), "concat")
    }

    @Test("three in a row: the first stays a step") func chain() throws {
        var net = Net(seed: 5)
        var x = try net.input([1, 6, 9, 9])
        for name in ["MaxPool", "LRN"] { x = try producer(&net, name, x) }
        net.output(try net.conv(x, 6, to: 7))
        let steps = try steps(net)
        #expect(steps.filter { $0.kernel.parts.count == 2 }.count == 1)
        #expect(steps.contains { $0.operatorName == "MaxPool" })
        try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), "chain")
    }

    @Test("an activation, a scale and a gate with the 1x1 convolution that follows") func elementwise() throws {
        for (form, count) in [(0, 1), (1, 2), (2, 2), (3, 2)] {
            var net = Net(seed: 5)
            // What follows a convolution lies channels-last.
            let x = try net.conv(try net.input([2, 4, 9, 9]), 4, to: 40)
            let pooled = try net.node("GlobalMaxPool", [x])
            let first: ValueID
            switch form {
            case 0: first = try net.node("HardSwish", [x], opset: 14)
            case 1: first = try net.node("Mul", [x, try net.weights([40, 1, 1])])
            case 2: first = try net.node("Mul", [x, pooled])
            default: first = try net.node("Mul", [pooled, x])
            }
            // Two rows of pixels, or a picture that is shared out by filters.
            for filters in [7, 300] { net.output(try net.conv(first, 40, to: filters)) }
            var single = net
            single.graph.outputs.removeLast()
            single.graph.nodes.removeLast()
            let plan = try single.plan(single.graph)
            #expect(plan.steps.contains { $0.kernel.parts.count == 2 && $0.operands.count == count + 1 }, "\(form)")
            #expect(unwrittenReads(in: plan) == [])
            try expectClose(single.run(single.graph, threads: 2), single.runNodeByNode(), "form \(form)")
            try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), "form \(form), two readers")
        }
    }

    @Test("an output is written by the step that makes it, row-major, if nobody else reads it") func delivered() throws
    {
        for (name, isDelivered) in [("Resize", true), ("Conv", true), ("Softmax", true), ("read", false)] {
            var net = Net(seed: 5)
            let x = try net.input([2, 5, 9, 9])
            switch name {
            case "Resize":
                let scales = net.constant(try Tensor([1, 1, 2, 2] as [Float], shape: [4]))
                net.output(try net.node("Resize", [x, nil, scales], ["mode": .string("linear")]))
            case "Softmax": net.output(try net.node("Softmax", [try net.node("Flatten", [x])]))
            default:
                let conv = try net.conv(x, 5, to: 6)
                net.output(conv)
                if name == "read" { net.output(try net.node("GlobalMaxPool", [conv])) }
            }
            let plan = try net.plan(net.graph)
            let copies = plan.steps.filter { $0.kernel is StridedCopyKernel && $0.operatorName == "output" }
            #expect(copies.isEmpty == isDelivered, "\(name)")
            #expect(unwrittenReads(in: plan) == [])
            try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), name)
        }
    }

    private func producer(_ net: inout Net, _ name: String, _ x: ValueID) throws -> ValueID {
        switch name {
        case "Conv":
            let depthwise = JoinedStepsTests.same.merging(["group": .int(6)]) { $1 }
            return try net.conv(x, 6, to: 6, kernel: [3, 3], bias: true, depthwise)
        case "MaxPool":
            return try net.node(name, [x], JoinedStepsTests.same.merging(["kernel_shape": .ints([3, 3])]) { $1 })
        default: return try net.node(name, [x], ["size": .int(3)])
        }
    }
}
