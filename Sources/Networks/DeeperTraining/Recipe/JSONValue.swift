internal import DeeperTensors
internal import FoundationEssentials

/// Any JSON value, used to replace defaults by the fields of a file.
enum JSONValue: Codable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case natural(UInt64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(of value: some Encodable) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .natural(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .natural(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Each field that is not an object: its name in messages, the surrounding objects with only this field, and its
    /// value.
    var singleFields: [(path: String, whole: JSONValue, field: JSONValue)] {
        guard case .object(let fields) = self else { return [("", self, self)] }
        return fields.sorted { $0.key < $1.key }.flatMap { name, value in
            value.singleFields.map { inner in
                (inner.path.isEmpty ? name : "\(name).\(inner.path)", .object([name: inner.whole]), inner.field)
            }
        }
    }

    /// The value as JSON text.
    var text: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "a number that is not finite"
    }

    /// These fields, with those that `other` has replaced by its own.
    ///
    /// - Parameter path: the field's name in messages.
    /// - Throws: `invalidInput` for a field that does not exist here, or that is not an object although it is one here.
    func overlaid(by other: JSONValue, path: String = "") throws -> JSONValue {
        guard case .object(var fields) = self else { return other }
        guard case .object(let given) = other else {
            throw DeeperError(.invalidInput, "\(path.isEmpty ? "the configuration" : path) is not an object { ... }")
        }
        for (name, value) in given {
            let place = path.isEmpty ? name : "\(path).\(name)"
            guard let known = fields[name] else {
                throw DeeperError(
                    .invalidInput,
                    "there is no field \(place); fields\(path.isEmpty ? "" : " of \(path)"): "
                        + fields.keys.sorted().joined(separator: ", "))
            }
            fields[name] = try known.overlaid(by: value, path: place)
        }
        return .object(fields)
    }
}
