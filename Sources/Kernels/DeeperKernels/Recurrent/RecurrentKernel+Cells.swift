/// The computation of one step of a recurrent layer.
extension RecurrentKernel {
    /// Advances the states of all images by one step, except for images that have ended.
    func advance(_ tile: Tile, _ direction: RecurrentDirection, step: Int, _ operands: Operands) {
        let (rows, hidden) = (tile.images.count, shape.hiddenSize)
        func forEachImage(_ body: (_ row: Int, _ products: UnsafePointer<Float>) -> Void) {
            for (row, image) in tile.images.enumerated() {
                guard let time = time(step, image, direction, operands) else { continue }
                body(row, tile.products + (row * shape.steps + time) * shape.gateSize)
            }
        }
        switch shape.cell {
        case .plain:
            direction.multiplyStates(tile.hidden, rows: rows, gates: 0..<hidden, into: tile.gates)
            forEachImage { row, products in
                let gates = tile.gates + row * hidden
                add(products, to: gates, count: hidden)
                apply(direction.functions[0], gates, count: hidden)
                (tile.hidden + row * hidden).update(from: gates, count: hidden)
            }
        case .gru(let resetsAfter):
            direction.multiplyStates(
                tile.hidden, rows: rows, gates: 0..<(resetsAfter ? 3 : 2) * hidden, into: tile.gates)
            forEachImage { row, products in
                let gates = tile.gates + row * shape.gateSize
                add(products, to: gates, count: 2 * hidden)
                apply(direction.functions[0], gates, count: 2 * hidden)
                let (reset, state) = (gates + hidden, tile.hidden + row * hidden)
                if resetsAfter {
                    let candidate = gates + 2 * hidden
                    for index in 0..<hidden { candidate[index] *= reset[index] }
                } else {
                    let spare = tile.spare + row * hidden
                    for index in 0..<hidden { spare[index] = reset[index] * state[index] }
                }
            }
            if !resetsAfter {
                direction.multiplyStates(
                    tile.spare, rows: rows, gates: 2 * hidden..<3 * hidden, into: tile.gates)
            }
            forEachImage { row, products in
                let gates = tile.gates + row * shape.gateSize
                let (candidate, state) = (gates + 2 * hidden, tile.hidden + row * hidden)
                add(products + 2 * hidden, to: candidate, count: hidden)
                apply(direction.functions[1], candidate, count: hidden)
                for index in 0..<hidden {
                    state[index] = (1 - gates[index]) * candidate[index] + gates[index] * state[index]
                }
            }
        case .lstm(let isCoupled):
            direction.multiplyStates(tile.hidden, rows: rows, gates: 0..<4 * hidden, into: tile.gates)
            forEachImage { row, products in
                add(products, to: tile.gates + row * shape.gateSize, count: 4 * hidden)
                updateCell(tile, row, direction, isCoupled: isCoupled)
            }
        }
    }

    /// Applies the gates i, o, f and the candidate of an LSTM to the states of a row.
    private func updateCell(_ tile: Tile, _ row: Int, _ direction: RecurrentDirection, isCoupled: Bool) {
        let hidden = shape.hiddenSize
        let input = tile.gates + row * shape.gateSize
        let (output, forget, candidate) = (input + hidden, input + 2 * hidden, input + 3 * hidden)
        let (state, cell, spare) = (tile.hidden + row * hidden, tile.cell + row * hidden, tile.spare + row * hidden)
        func peek(_ gate: UnsafeMutablePointer<Float>, _ number: Int) {
            guard let peepholes = direction.peepholes else { return }
            for index in 0..<hidden { gate[index] += peepholes[number * hidden + index] * cell[index] }
        }
        peek(input, 0)
        peek(forget, 2)
        apply(direction.functions[0], input, count: hidden)
        apply(direction.functions[1], candidate, count: hidden)
        if isCoupled {
            for index in 0..<hidden { forget[index] = 1 - input[index] }
        } else {
            apply(direction.functions[0], forget, count: hidden)
        }
        for index in 0..<hidden { cell[index] = forget[index] * cell[index] + input[index] * candidate[index] }
        peek(output, 1)
        apply(direction.functions[0], output, count: hidden)
        spare.update(from: cell, count: hidden)
        // As in ONNX Runtime, the cell's state is not clipped.
        direction.functions[2].apply(spare, count: hidden)
        for index in 0..<hidden { state[index] = output[index] * spare[index] }
    }

    private func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
        for index in 0..<count { target[index] += source[index] }
    }

    /// x[i] = f(x[i]), where x[i] is clipped first.
    private func apply(_ function: CellLoop, _ x: UnsafeMutablePointer<Float>, count: Int) {
        if let clip {
            let range = ClampRange(lower: -clip, upper: clip)
            for index in 0..<count { x[index] = range.applied(to: x[index]) }
        }
        function.apply(x, count: count)
    }
}
