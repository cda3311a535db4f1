import Foundation

/// A JSON document that was read, for a look at single members.
enum Value: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([Value].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: Value].self))
        }
    }

    /// Reads a document; throws when it is none.
    init(_ text: String) throws { self = try JSONDecoder().decode(Value.self, from: Data(text.utf8)) }

    /// A member by its path, as in `data.meta.data_status`.
    subscript(path: String) -> Value? {
        path.split(separator: ".").reduce(Optional(self)) { value, name in
            guard case .object(let members)? = value else { return nil }
            return members[String(name)]
        }
    }

    /// The text of a string.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
