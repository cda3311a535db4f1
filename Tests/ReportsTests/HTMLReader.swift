/// A page read as HTML's rules say, as far as our pages go; whatever else stands there is a problem.
struct HTMLReader {
    struct Element: Equatable {
        let name: String
        let attributes: [String: String]
        /// Names of the elements it lies in, outermost first.
        let path: [String]
        /// Its text and that of the elements within.
        fileprivate(set) var text = ""
    }

    private(set) var elements: [Element] = []
    private(set) var problems: [String] = []
    private var open: [Int] = []
    private var rest: Substring

    /// Their end tag may be left out: the next of these, or the parent's end, ends them.
    private static let closing: [String: Set<String>] = [
        "tr": ["tr", "th", "td"], "th": ["th", "td"], "td": ["th", "td"], "tbody": ["thead", "tr", "th", "td"],
        "dt": ["dt", "dd"], "dd": ["dt", "dd"],
    ]
    private static let optional: Set<String> = ["tr", "th", "td", "thead", "tbody", "dt", "dd"]
    private static let void: Set<String> = ["meta", "input", "br"]

    init(_ bytes: [UInt8]) {
        let page = String(decoding: bytes, as: UTF8.self)
        rest = page[...]
        if !page.utf8.elementsEqual(bytes) { problems.append("not UTF-8") }
        guard page.hasPrefix("<!doctype html>\n") else {
            problems.append("no doctype")
            return
        }
        rest = rest.dropFirst("<!doctype html>\n".count)
        while !rest.isEmpty { readNext() }
        if !open.isEmpty { problems.append("left open: \(open.map { elements[$0].name })") }
    }

    /// The elements of a name.
    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    /// What a reader sees of the page without its script.
    var text: String { all("body").first?.text ?? "" }

    private mutating func readNext() {
        if rest.first != "<" {
            let end = rest.firstIndex(of: "<") ?? rest.endIndex
            add(decode(rest[..<end]))
            rest = rest[end...]
        } else if rest.hasPrefix("</") {
            let name = String(rest.dropFirst(2).prefix { $0 != ">" })
            rest = rest.dropFirst(name.count + 3)
            close(name)
        } else {
            readTag()
        }
    }

    private mutating func readTag() {
        rest = rest.dropFirst()
        let name = String(rest.prefix { $0.isLetter || $0.isNumber })
        rest = rest.dropFirst(name.count)
        if name.isEmpty || name != name.lowercased() { problems.append("a bare < before \(rest.prefix(20))") }
        let attributes = readAttributes(of: name)
        let isSelfClosed = rest.hasPrefix("/>")
        rest = rest.dropFirst(isSelfClosed ? 2 : 1)
        if let ended = Self.closing[name] {
            while let last = open.last, ended.contains(elements[last].name) { open.removeLast() }
        }
        elements.append(Element(name: name, attributes: attributes, path: open.map { elements[$0].name }))
        if Self.void.contains(name) || isSelfClosed { return }
        open.append(elements.count - 1)
        guard name == "style" || name == "script" else { return }
        let ending = "</\(name)>"
        guard let end = rest.firstRange(of: ending) else { return problems.append("\(name) does not end") }
        elements[elements.count - 1].text = String(rest[..<end.lowerBound])
        rest = rest[end.upperBound...]
        open.removeLast()
    }

    private mutating func readAttributes(of element: String) -> [String: String] {
        var attributes: [String: String] = [:]
        while let first = rest.first, first != ">", !rest.hasPrefix("/>") {
            if first.isWhitespace {
                rest = rest.dropFirst()
                continue
            }
            let name = String(rest.prefix { $0.isLetter || $0 == "-" || $0.isNumber })
            guard !name.isEmpty else {
                problems.append("\(first) within <\(element)>")
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(name.count)
            var value = ""
            if rest.first == "=" {
                rest = rest.dropFirst()
                if rest.first == "\"" {
                    value = String(rest.dropFirst().prefix { $0 != "\"" })
                    rest = rest.dropFirst(value.count + 2)
                } else {
                    value = String(rest.prefix { !$0.isWhitespace && $0 != ">" })
                    rest = rest.dropFirst(value.count)
                    if value.contains(where: { "\"'<=`/".contains($0) }) { problems.append("unquoted: \(value)") }
                }
            }
            if attributes.updateValue(decode(value[...]), forKey: name) != nil { problems.append("\(name) twice") }
        }
        return attributes
    }

    private mutating func close(_ name: String) {
        while let last = open.popLast() {
            if elements[last].name == name { return }
            if !Self.optional.contains(elements[last].name) {
                return problems.append("</\(name)> within <\(elements[last].name)>")
            }
        }
        problems.append("</\(name)> ends nothing")
    }

    private mutating func add(_ text: String) {
        for index in open { elements[index].text += text }
    }

    private mutating func decode(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        var decoded = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            decoded += rest[..<start]
            rest = rest[start...]
            let known = Self.references.first { rest.hasPrefix($0.0) }
            if known == nil { problems.append("a bare & before \(rest.prefix(20))") }
            decoded += known?.1 ?? "&"
            rest = rest.dropFirst(known?.0.count ?? 1)
        }
        return decoded + rest
    }

    private static let references = [
        ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"),
    ]
}
