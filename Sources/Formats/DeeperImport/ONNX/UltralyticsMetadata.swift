internal import DeeperTensors

/// The metadata that the exporter of Ultralytics' package writes into `metadata_props`. Each text is the `str` of a
/// Python value.
///
/// `task` is one of classify, detect, segment, pose and obb; `names` is a dictionary with keys from 0 on, such as `{0:
/// 'person', 1: 'bicycle'}`; `imgsz` is height and width, such as `[640, 640]`. `stride`, `batch`, `args` and
/// descriptive texts are not read.
public struct UltralyticsMetadata: Sendable {
    public private(set) var task: String
    /// The names of the classes from 0 on.
    public private(set) var names: [String]?
    /// Height and width of the input.
    public private(set) var extent: (height: Int, width: Int)?
    /// The reasons why values were ignored.
    public private(set) var notes: [String] = []

    /// The largest text that is read, in bytes.
    static let largestText = 4 << 20

    /// - Returns: nil for the metadata of other programs, which has no `task`, or neither `names` nor `imgsz`.
    public init?(_ metadata: [String: String]) {
        guard let task = metadata["task"], metadata["names"] != nil || metadata["imgsz"] != nil else { return nil }
        self.task = task
        names = value(of: "names", in: metadata) { try UltralyticsMetadata.names(&$0) }
        extent = value(of: "imgsz", in: metadata) { try UltralyticsMetadata.extent(&$0) }
    }

    private mutating func value<Value>(
        of key: String, in metadata: [String: String], _ read: (inout PythonScanner) throws -> Value
    ) -> Value? {
        guard let text = metadata[key] else { return nil }
        do {
            return try locating(ONNXModel.metadataPlace(key)) {
                guard text.utf8.count <= UltralyticsMetadata.largestText else {
                    throw DeeperError(.limitExceeded, "\(text.utf8.count) bytes, more than 4 MiB")
                }
                var scanner = PythonScanner(bytes: Array(text.utf8), title: "text")
                let value = try read(&scanner)
                try scanner.end()
                return value
            }
        } catch {
            notes.append("not read: \(error)")
            return nil
        }
    }

    /// Reads a dictionary whose keys are 0, 1, 2 ..., or a list.
    private static func names(_ scanner: inout PythonScanner) throws -> [String] {
        let isList = scanner.skip("[")
        if !isList { try scanner.expect("{") }
        func skipEnd() -> Bool { isList ? scanner.skip("]") : scanner.skip("}") }
        var names: [String] = []
        while !skipEnd() {
            if !isList {
                let start = scanner.position
                guard try scanner.integer() == names.count else {
                    scanner.position = start
                    throw scanner.expected("the key \(names.count)")
                }
                try scanner.expect(":")
            }
            names.append(try scanner.text())
            guard scanner.skip(",") else {
                guard skipEnd() else { throw scanner.expected(isList ? "',' or ']'" : "',' or '}'") }
                break
            }
        }
        return names
    }

    /// Reads a list or tuple of two numbers, or one number for a square.
    private static func extent(_ scanner: inout PythonScanner) throws -> (height: Int, width: Int) {
        let isList = scanner.skip("[")
        let isTuple = !isList && scanner.skip("(")
        let height = try scanner.integer()
        var width = height
        if isList || isTuple {
            try scanner.expect(",")
            width = try scanner.integer()
            if isList { try scanner.expect("]") } else { try scanner.expect(")") }
        }
        guard (1...65_535).contains(height), (1...65_535).contains(width) else {
            throw DeeperError(.invalidModel, "the extent is \(height) x \(width), expected 1 to 65535 each")
        }
        return (height, width)
    }
}
