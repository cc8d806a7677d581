import DeeperExecution
import DeeperGraphs
import DeeperTensors
import Testing

@Suite("transposes that move channels") struct TransposedViewTests {
    private func transpose(_ net: inout Net, _ x: ValueID, _ axes: Int...) throws -> ValueID {
        try net.node("Transpose", [x], ["perm": .ints(axes)])
    }

    @Test("are views between convolutions, in two and in one dimension") func views() throws {
        for rank in [4, 3] {
            var net = Net(seed: 7)
            let x = try net.input(rank == 4 ? [2, 6, 5, 7] : [2, 6, 9])
            let kernel = Array(repeating: 3, count: rank - 2)
            let first = try net.conv(x, 6, to: 8, kernel: kernel)
            let moved = try rank == 4 ? transpose(&net, first, 0, 2, 3, 1) : transpose(&net, first, 0, 2, 1)
            let row = try net.node("Mul", [moved, try net.weights([8])])
            let back = try rank == 4 ? transpose(&net, row, 0, 3, 1, 2) : transpose(&net, row, 0, 2, 1)
            net.output(try net.conv(back, 8, to: 4, kernel: kernel.map { _ in 1 }))
            let copies = try net.plan(net.graph).steps.filter { ["Transpose", "layout"].contains($0.operatorName) }
            // The input's own layout.
            #expect(copies.count == 1)
            try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), "rank \(rank)")
        }
    }

    @Test("are copied where the order of the others changes, and out of slices") func copies() throws {
        var net = Net(seed: 8)
        let x = try net.input([2, 6, 5, 7])
        let a = try net.conv(x, 6, to: 8, kernel: [1, 1])
        let b = try net.conv(x, 6, to: 4, kernel: [3, 3], ["pads": .ints([1, 1, 1, 1])])
        let wide = try net.node("Concat", [a, b], ["axis": .int(1)])
        net.output(try transpose(&net, a, 0, 2, 3, 1), try transpose(&net, b, 0, 3, 2, 1), wide)
        try expectClose(net.run(net.graph, threads: 2), net.runNodeByNode(), "slices")
    }
}
