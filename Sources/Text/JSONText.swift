/// A JSON value that keeps the order of its keys, so that equal values give equal bytes.
package indirect enum JSONText: Sendable, CustomStringConvertible {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Seconds with one digit after the point, cut off, never negative.
    case seconds(Duration)
    /// A decimal number, exact to the hundredth, without decimals if it is whole.
    case hundredths(Int64)
    case string(String)
    case array([JSONText])
    /// Members in this order; the caller answers for different keys.
    case object([(String, JSONText)])

    /// A string, or null.
    package static func text(_ value: String?) -> Self { value.map { .string($0) } ?? .null }

    /// Two blanks for each level and a newline at the end.
    package var description: String {
        var text = ""
        write(to: &text, indent: "\n")
        return text + "\n"
    }

    /// The description as UTF-8.
    package var bytes: [UInt8] { Array(description.utf8) }

    /// A text between quotes, all in one line.
    package static func quoted(_ value: String) -> String {
        var text = ""
        quote(value, to: &text)
        return text
    }

    private func write(to text: inout String, indent: String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .seconds(let value): text += value.tenthsText
        case .hundredths(let value): text += hundredthsText(value)
        case .string(let value): Self.quote(value, to: &text)
        case .array(let items):
            Self.list(items, "[", "]", to: &text, indent: indent) { item, text, indent in
                item.write(to: &text, indent: indent)
            }
        case .object(let members):
            Self.list(members, "{", "}", to: &text, indent: indent) { member, text, indent in
                Self.quote(member.0, to: &text)
                text += ": "
                member.1.write(to: &text, indent: indent)
            }
        }
    }

    private static func list<Item>(
        _ items: [Item], _ open: String, _ close: String, to text: inout String, indent: String,
        write: (Item, inout String, String) -> Void
    ) {
        text += open
        for (index, item) in items.enumerated() {
            text += (index > 0 ? "," : "") + indent + "  "
            write(item, &text, indent + "  ")
        }
        text += (items.isEmpty ? "" : indent) + close
    }

    /// Controls, of which JSON asks for some, and what a terminal that shows the text would obey: C1 controls and those
    /// that turn the direction of writing.
    private static func isActedOn(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        defer { text += "\"" }
        // Most texts need no escape, and bytes are quicker than scalars.
        let isPlain = value.utf8.allSatisfy { byte in
            (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        }
        guard !isPlain else { return text += value }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where isActedOn(scalar):
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
