import Text

/// A view of one JSON value, for answers whose shape has changed over the years.
///
/// The whole document is checked once, and nothing of it is decoded but what is asked for, so that a large or hostile
/// one costs little more than its scan. Of two members with one name the first counts.
struct WireValue {
    /// The size up to which a body is read at all, in bytes.
    static let limitBytes = 1 << 20
    /// The number of containers within each other.
    private static let limitDepth = 512
    /// The number of elements of a list that are looked at.
    private static let limitElements = 32

    private let text: JSONBytes
    /// Where the value begins.
    private let start: Int

    /// The root of a document; nil if the bytes are no JSON in UTF-8, or more than a limit.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.limitBytes else { return nil }
        var scanner = JSONScanner(bytes)
        do throws(JSONError) {
            while let token = try scanner.next() {
                guard scanner.depth <= Self.limitDepth else { return nil }
                if case .key(let name) = token, !Self.isText(bytes[name]) { return nil }
            }
        } catch {
            return nil
        }
        text = JSONBytes(bytes)
        start = text.root
    }

    private init(_ text: JSONBytes, _ start: Int) {
        (self.text, self.start) = (text, start)
    }

    private static func isText(_ raw: ArraySlice<UInt8>) -> Bool {
        raw.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\\") } || JSONString.exact(raw) != nil
    }

    /// The text, without blanks at its ends; nil for anything but a string.
    var string: String? {
        guard text.bytes[start] == UInt8(ascii: "\"") else { return nil }
        return JSONString.exact(text.bytes[text.content(at: start)]).map(tidy)
    }

    /// True or false; nil for anything else.
    var bool: Bool? {
        switch text.bytes[start] {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The strings of a list; empty for anything but a list.
    var strings: [String] {
        guard text.bytes[start] == UInt8(ascii: "[") else { return [] }
        var strings: [String] = []
        var looked = 0
        var next = text.first(in: start)
        while let element = next, looked < Self.limitElements {
            if let string = WireValue(text, element).string { strings.append(string) }
            looked += 1
            next = text.next(after: element)
        }
        return strings
    }

    /// The member with the first of these names that has a value; `null` is none.
    subscript(names: StaticString...) -> WireValue? { first(of: names) }

    private func first(of names: [StaticString]) -> WireValue? {
        for name in names {
            if let value = member(name), text.bytes[value] != UInt8(ascii: "n") { return WireValue(text, value) }
        }
        return nil
    }

    /// Where the first member of a name has its value.
    private func member(_ name: StaticString) -> Int? {
        guard isObject else { return nil }
        var next = text.first(in: start)
        while let key = next {
            let value = text.value(of: key)
            if text.reads(key, name) { return value }
            next = text.next(after: value)
        }
        return nil
    }

    private var isObject: Bool { text.bytes[start] == UInt8(ascii: "{") }

    /// A status or code: a text with something in it, without control characters, at most 64 characters.
    var word: String? { printable(64) }

    /// A member that people will read: one line of text with something in it, at most 128 characters.
    func label(_ names: StaticString...) -> String? { first(of: names)?.printable(128) }

    /// Whether this is an envelope whose own status says that the call failed.
    var saysFailed: Bool {
        switch self["status"]?.word?.lowercased() {
        case "failed", "error": true
        default: false
        }
    }

    /// Which account or job this value is about.
    var identity: Identity {
        guard isObject else { return .of([string]) }
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
        guard let string, !string.isEmpty else { return nil }
        // Most texts are short and plain, and bytes are quicker than characters.
        if string.utf8.count <= limit, string.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return string }
        let text = String(String.UnicodeScalarView(string.unicodeScalars.filter { !$0.isControl }))
        return text.isEmpty ? nil : String(text.prefix(limit))
    }
}

extension Unicode.Scalar {
    /// Whether it is in the general category Cc.
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
