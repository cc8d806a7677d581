internal import DeeperImaging
internal import DeeperImport
internal import DeeperJSON
internal import DeeperTensors

/// `deeper.preprocessing`: an object whose members have the names and meanings of docs/models.md, all of them optional.
extension Preprocessing {
    /// Reads the JSON text.
    ///
    /// - Throws: `invalidModel` for malformed text, for members that this version does not know and for invalid values.
    init(json: String) throws {
        var reader = try JSONReader(Array(json.utf8))
        var result = Preprocessing()
        var mean: [Double]?, std: [Double]?
        var seen: Set<String> = []
        try reader.object { name, reader in
            guard seen.insert(name).inserted else { throw invalid("\"\(name)\" appears twice") }
            switch name {
            case "resize": result.resize = reader.skipNull() ? nil : try Preprocessing.resize(&reader)
            case "filter": result.filter = try Preprocessing.choice(&reader, name)
            case "crop": result.centreCrop = reader.skipNull() ? nil : try Preprocessing.extent(&reader, name)
            case "channels": result.channels = try Preprocessing.choice(&reader, name)
            case "scale": result.scale = try reader.number()
            case "mean": mean = try Preprocessing.numbers(&reader)
            case "std": std = try Preprocessing.numbers(&reader)
            default: throw invalid("this version of deeper does not know the member \(name.quotedForMessage)")
            }
        }
        try reader.end()
        self.init(
            resize: result.resize, filter: result.filter, centreCrop: result.centreCrop, channels: result.channels,
            scale: result.scale, mean: mean, std: std)
        try check()
    }

    /// The JSON text, with every member.
    ///
    /// - Throws: `invalidInput` for invalid values.
    package func json() throws -> String {
        do {
            try check()
        } catch let error as DeeperError {
            throw DeeperError(.invalidInput, error.message)
        }
        var text = JSONText()
        text.append("{\"resize\":")
        switch resize {
        case nil: text.append("null")
        case .exact(let width, let height): text.append(Extent(width: width, height: height))
        case .shorterSide(let length):
            text.append("{\"shorter_side\":")
            text.append(length)
            text.append("}")
        }
        text.append(",\"filter\":")
        text.append(quoting: filter.rawValue)
        text.append(",\"crop\":")
        if let centreCrop { text.append(centreCrop) } else { text.append("null") }
        text.append(",\"channels\":")
        text.append(quoting: channels.rawValue)
        text.append(",\"scale\":")
        _ = text.append(scale)
        text.append(",\"mean\":")
        text.append(mean)
        text.append(",\"std\":")
        text.append(std)
        text.append("}")
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private func check() throws {
        guard mean.count == channels.count, std.count == channels.count else {
            throw invalid(
                "\(mean.count) means and \(std.count) deviations, expected \(channels.count) each for "
                    + channels.rawValue)
        }
        guard ([scale] + mean + std).allSatisfy(\.isFinite), !std.contains(0) else {
            throw invalid("scale, mean and std must be finite and std not 0")
        }
        var lengths = centreCrop.map { [$0.width, $0.height] } ?? []
        switch resize {
        case nil: break
        case .exact(let width, let height): lengths += [width, height]
        case .shorterSide(let length): lengths.append(length)
        }
        guard lengths.allSatisfy((1...65_535).contains) else {
            throw invalid("an extent is \(lengths.first { !(1...65_535).contains($0) } ?? 0), expected 1 to 65535")
        }
        if case .exact(let width, let height) = resize, let crop = centreCrop,
            crop.width > width || crop.height > height
        {
            throw invalid("a crop of \(crop) does not fit a picture of \(width)x\(height)")
        }
    }

    private static func resize(_ reader: inout JSONReader) throws -> Resize {
        var lengths: [String: Int] = [:]
        try members(&reader, of: "resize", ["width", "height", "shorter_side"], into: &lengths)
        if let length = lengths["shorter_side"], lengths.count == 1 { return .shorterSide(length: length) }
        if let width = lengths["width"], let height = lengths["height"], lengths.count == 2 {
            return .exact(width: width, height: height)
        }
        throw invalid("\"resize\" takes either \"width\" and \"height\" or \"shorter_side\"")
    }

    private static func extent(_ reader: inout JSONReader, _ name: String) throws -> Extent {
        var lengths: [String: Int] = [:]
        try members(&reader, of: name, ["width", "height"], into: &lengths)
        guard let width = lengths["width"], let height = lengths["height"] else {
            throw invalid("\"\(name)\" takes \"width\" and \"height\"")
        }
        return Extent(width: width, height: height)
    }

    private static func members(
        _ reader: inout JSONReader, of name: String, _ known: [String], into lengths: inout [String: Int]
    ) throws {
        try reader.object { member, reader in
            guard known.contains(member), lengths[member] == nil else {
                throw invalid("\"\(name)\" has a member \(member.quotedForMessage) that is unknown or repeated")
            }
            lengths[member] = Int(clamping: try reader.integer())
        }
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ reader: inout JSONReader, _ name: String
    ) throws -> Choice where Choice.RawValue == String {
        let text = try reader.string()
        guard let choice = Choice(rawValue: text) else {
            throw invalid(
                "\"\(name)\" is \(text.quotedForMessage), expected "
                    + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    private static func numbers(_ reader: inout JSONReader) throws -> [Double] {
        var numbers: [Double] = []
        try reader.array { reader in
            guard numbers.count < 3 else { throw invalid("more than 3 means or deviations") }
            numbers.append(try reader.number())
        }
        return numbers
    }
}

private func invalid(_ message: String) -> DeeperError { DeeperError(.invalidModel, message) }

extension JSONText {
    fileprivate mutating func append(_ extent: Extent) {
        append("{\"width\":")
        append(extent.width)
        append(",\"height\":")
        append(extent.height)
        append("}")
    }

    /// Appends finite numbers.
    fileprivate mutating func append(_ numbers: [Double]) {
        append("[")
        for (index, number) in numbers.enumerated() {
            if index > 0 { append(",") }
            _ = append(number)
        }
        append("]")
    }
}
