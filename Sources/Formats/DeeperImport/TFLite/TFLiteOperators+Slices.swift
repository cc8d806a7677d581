import DeeperGraphs
import DeeperTensors

// Operators that take a part of a value.
extension TFLiteOperators {
    /// Inputs are the value, where the part begins, and its extents; -1 for up to the end.
    @Sendable static func slice(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (input, rank) = (try call.input(0), net.rank(try call.input(0)))
        let (begins, sizes) = (try net.integers(call.input(1)), try net.integers(call.input(2)))
        guard begins.count == rank, sizes.count == rank else {
            throw DeeperError(.invalidModel, "\(begins.count) begins and \(sizes.count) extents for \(rank) axes")
        }
        let ends = zip(begins, sizes).map { $1 == -1 ? Int(Int32.max) : $0 &+ $1 }
        let (operands, isFirst) = try net.operands([input])
        let made = try cut(&net, operands[0], call.name, begins, ends, isFirst: isFirst)
        try net.define(call.output, made, isFirst: isFirst)
    }

    /// The part between begins and ends of every axis, in the file's order.
    private static func cut(
        _ net: inout TFLiteGraphBuilder, _ x: ValueID, _ name: String, _ begins: [Int], _ ends: [Int],
        _ strides: [Int]? = nil, isFirst: Bool
    ) throws -> ValueID {
        let steps = strides ?? Array(repeating: 1, count: begins.count)
        let axes = begins.indices.filter { steps[$0] != 1 || begins[$0] != 0 || ends[$0] != Int(Int32.max) }
        guard !axes.isEmpty else { return try net.node("Identity", name, [x]) }
        let rank = begins.count
        let places = isFirst ? axes.map { TFLiteGraphBuilder.lastOrder(rank)[$0] } : axes
        let numbers = [axes.map { begins[$0] }, axes.map { ends[$0] }, places, axes.map { steps[$0] }]
        let operands = try zip(["starts", "ends", "axes", "steps"], numbers).map {
            try net.constant(name + "/" + $0, $1)
        }
        return try net.node("Slice", name, [x] + operands)
    }

    /// Inputs are the value, where each axis begins and ends, and its stride. Bits of the options say which axes begin
    /// or end where the value does, are new, or are left out of the result.
    @Sendable static func stridedSlice(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (input, rank) = (try call.input(0), net.rank(try call.input(0)))
        let masks = try (0...4).map { try call.int($0) }
        guard try net.knownIntegers(call.input(1)) != nil, try net.knownIntegers(call.input(2)) != nil else {
            return try computedSlice(&net, call, masks)
        }
        // Bounds beyond those of int32 are beyond every axis.
        let given = try (1...3).map { input in
            try net.integers(call.input(input)).map { min(max($0, Int(Int32.min)), Int(Int32.max)) }
        }
        let (beginMask, endMask, ellipsis, newAxes, shrink) = (masks[0], masks[1], masks[2], masks[3], masks[4])
        let isOffset = try call.flag(5)
        let count = given[0].count
        guard given.allSatisfy({ $0.count == count }), count <= 32, ellipsis & (ellipsis - 1) == 0 else {
            throw DeeperError(.invalidModel, "begins, ends and strides of \(given.map(\.count)) axes")
        }
        func has(_ mask: Int, _ index: Int) -> Bool { mask >> index & 1 == 1 }
        guard ellipsis < 1 << count else { throw DeeperError(.invalidModel, "an ellipsis after the last axis") }
        let isMasked = beginMask | endMask != 0 || given[0].contains { $0 < 0 }
        guard !isOffset || !isMasked, beginMask & shrink == 0 else {
            throw DeeperError(.unsupported, "ends that are offsets, or axes that are left out, with masks")
        }
        let most = Int(Int32.max)
        var (begins, ends, strides): ([Int], [Int], [Int]) = ([], [], [])
        // Axes of the value that are left out, and places of new axes in the result.
        var (left, added): ([Int], [Int]) = ([], [])
        let taken = (0..<count).filter { !has(newAxes, $0) || has(ellipsis, $0) }.count
        let skipped = rank - (taken - (ellipsis == 0 ? 0 : 1))
        guard skipped >= 0 else { throw DeeperError(.invalidModel, "\(taken) axes of a value with \(rank)") }
        func skip(_ count: Int) {
            begins += Array(repeating: 0, count: count)
            ends += Array(repeating: most, count: count)
            strides += Array(repeating: 1, count: count)
        }
        for index in 0..<count {
            if has(ellipsis, index) {
                skip(skipped)
            } else if has(newAxes, index) {
                added.append(begins.count - left.count + added.count)
            } else {
                let (begin, stride) = (given[0][index], given[2][index])
                guard stride != 0 else { throw DeeperError(.invalidModel, "a stride is 0") }
                if has(shrink, index) {
                    guard stride > 0 else {
                        throw DeeperError(.invalidModel, "a negative stride of an axis that is left out")
                    }
                    left.append(begins.count)
                    begins.append(begin)
                    ends.append(begin == -1 ? most : begin + 1)
                    strides.append(1)
                    continue
                }
                begins.append(has(beginMask, index) ? (stride > 0 ? 0 : most) : begin)
                let end = isOffset ? begin + given[1][index] : given[1][index]
                ends.append(has(endMask, index) ? (stride > 0 ? most : Int(Int32.min)) : end)
                strides.append(stride)
            }
        }
        guard begins.count <= rank else {
            throw DeeperError(.invalidModel, "\(begins.count) axes of a value with \(rank)")
        }
        skip(rank - begins.count)
        let isFirst = net.isFirst(input) && left.isEmpty && added.isEmpty
        var x = try isFirst ? net.first(input) : net.last(input)
        let isWhole = left.isEmpty && added.isEmpty
        x = try cut(&net, x, isWhole ? call.name : call.name + "/Slice", begins, ends, strides, isFirst: isFirst)
        if !left.isEmpty {
            x = try net.node("Squeeze", call.name + "/Squeeze", [x, net.constant(call.name + "/left", left)])
        }
        if !added.isEmpty {
            x = try net.node("Unsqueeze", call.name + "/Unsqueeze", [x, net.constant(call.name + "/new", added)])
        }
        try net.define(call.output, x, isFirst: isFirst)
    }

    /// A strided slice whose begins or ends depend on the network's inputs, such as on the number of pictures.
    private static func computedSlice(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ masks: [Int]
    ) throws {
        let strides = try net.integers(call.input(3))
        guard masks[2...] == [0, 0, 0], try !call.flag(5), !strides.contains(0) else {
            throw DeeperError(
                .unsupported, "begins or ends that are computed from the inputs, with axes that are new or left out")
        }
        // Where a mask says so, the axis begins or ends where the value does.
        func bounds(_ index: Int, _ mask: Int, _ name: String, _ limit: (Int) -> Int) throws -> ValueID {
            let given = try long(&net, call.input(index), call.name + "/" + name)
            let isMasked = strides.indices.map { mask >> $0 & 1 == 1 }
            guard isMasked.contains(true) else { return given }
            let flags = try net.constant(call.name + "/masked", Tensor(isMasked, shape: [isMasked.count]))
            let limits = try net.constant(call.name + "/limits", strides.map(limit))
            return try net.node("Where", call.name + "/" + name, [flags, limits, given])
        }
        let most = Int(Int32.max)
        let begins = try bounds(1, masks[0], "starts") { $0 > 0 ? 0 : most }
        let ends = try bounds(2, masks[1], "ends") { $0 > 0 ? most : Int(Int32.min) }
        let axes = try net.constant(call.name + "/axes", Array(strides.indices))
        let steps = try net.constant(call.name + "/steps", strides)
        let operands = [try net.last(call.input(0)), begins, ends, axes, steps]
        try net.define(call.output, net.node("Slice", call.name, operands))
    }

    @Sendable static func reverse(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (input, rank) = (try call.input(0), net.rank(try call.input(0)))
        let axes = try resolveAxes(net.integers(call.input(1)), rank: rank)
        let most = Int(Int32.max)
        let steps = (0..<rank).map { axes.contains($0) ? -1 : 1 }
        let begins = steps.map { $0 < 0 ? most : 0 }
        let ends = steps.map { $0 < 0 ? Int(Int32.min) : most }
        let (operands, isFirst) = try net.operands([input])
        try net.define(
            call.output, cut(&net, operands[0], call.name, begins, ends, steps, isFirst: isFirst), isFirst: isFirst)
    }
}
