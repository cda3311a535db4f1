import FoundationEssentials

/// A view of one JSON value, for answers whose shape has changed over the years.
///
/// Only members that are asked for are decoded, so a large or hostile document costs little more than its scan;
/// Foundation refuses more than 512 levels. A view is used while its document is being decoded, and not kept.
struct WireValue: Decodable {
    /// The size up to which a body is read at all, in bytes.
    static let limitBytes = 1 << 20
    /// The number of elements of a list that are looked at.
    private static let limitElements = 32

    /// The text, without blanks at its ends; nil for anything but a string.
    let string: String?
    /// True or false; nil for anything else.
    let bool: Bool?
    private let members: KeyedDecodingContainer<Name>?
    private let elements: (any UnkeyedDecodingContainer)?

    init(from decoder: any Decoder) {
        // The decoder stands at this value only now, so every kind of value is read at once.
        string = (try? decoder.singleValueContainer().decode(String.self)).map(tidy)
        bool = string == nil ? try? decoder.singleValueContainer().decode(Bool.self) : nil
        members = string == nil ? try? decoder.container(keyedBy: Name.self) : nil
        elements = string == nil && members == nil ? try? decoder.unkeyedContainer() : nil
    }

    /// Reads a document; nil if the bytes are no JSON or more than the limit.
    static func read<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) -> T? {
        guard bytes.count <= limitBytes else { return nil }
        // The error is dropped: its text would quote the document.
        return try? JSONDecoder().decode(type, from: Data(bytes))
    }

    /// The strings of a list; empty for anything but a list.
    var strings: [String] {
        guard var elements else { return [] }
        var strings: [String] = []
        while !elements.isAtEnd, elements.currentIndex < Self.limitElements,
            let element = try? elements.decode(WireValue.self)
        {
            strings += [element.string].compactMap(\.self)
        }
        return strings
    }

    /// The member with the first of these names that has a value; `null` is none.
    subscript(names: String...) -> WireValue? {
        for name in names.map(Name.init) {
            guard let members, members.contains(name), (try? members.decodeNil(forKey: name)) == false else { continue }
            return try? members.decode(WireValue.self, forKey: name)
        }
        return nil
    }

    /// A status or code: a text with something in it, without control characters, at most 64 characters.
    var word: String? { printable(64) }

    /// A member that people will read: one line of text with something in it, at most 128 characters.
    func label(_ names: String...) -> String? {
        names.lazy.compactMap { self[$0] }.first?.printable(128)
    }

    /// Whether this is an envelope whose own status says that the call failed.
    var saysFailed: Bool {
        ["failed", "error"].contains(self["status"]?.word?.lowercased())
    }

    /// Which account or job this value is about.
    var identity: Identity {
        guard members != nil else { return .of([string]) }
        let ids = [self["id"], self["_id"]].compactMap(\.self)
        return ids.isEmpty ? .unnamed : .of(ids.map(\.string))
    }

    /// The ids that an answer gives, as a text or in an object's `id` and `_id`.
    enum Identity {
        /// The answer gives no id: old answers may lack one, and the request named the account or job.
        case unnamed
        /// The answer gives these ids; nil stands for an id that is not even a text.
        case of([String?])

        /// Whether the answer can be about the one asked for.
        func allows(_ expected: String) -> Bool {
            switch self {
            case .unnamed: true
            case .of(let ids): ids.contains(expected)
            }
        }
    }

    private func printable(_ limit: Int) -> String? {
        let text = String(string?.unicodeScalars.filter { $0.properties.generalCategory != .control } ?? .init())
        return text.isEmpty ? nil : String(text.prefix(limit))
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
}
