/// PostgreSQL's text form of a one-dimensional array, such as `{1,NULL,"a \"quoted\" one"}`.
enum ArrayLiteral {
    /// Writes an array literal; every element is quoted, so that no element can be taken for syntax or for null.
    static func text(_ elements: some Sequence<String?>) -> String {
        var text = "{"
        var isFirst = true
        for element in elements {
            if !isFirst { text += "," }
            isFirst = false
            guard let element else {
                text += "NULL"
                continue
            }
            text += "\""
            for scalar in element.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { text.unicodeScalars.append("\\") }
                text.unicodeScalars.append(scalar)
            }
            text += "\""
        }
        return text + "}"
    }

    /// Reads an array literal of one dimension; nil for anything else.
    static func elements(_ text: String) -> [String?]? {
        var reader = Reader(rest: text.unicodeScalars[...])
        return reader.array()
    }

    private struct Reader {
        var rest: Substring.UnicodeScalarView

        mutating func array() -> [String?]? {
            guard rest.popFirst() == "{" else { return nil }
            if rest.first == "}" {
                rest.removeFirst()
                return rest.isEmpty ? [] : nil
            }
            var elements: [String?] = []
            while true {
                if rest.first == "\"" {
                    guard let element = quoted() else { return nil }
                    elements.append(element)
                } else {
                    guard let element = bare() else { return nil }
                    elements.append(element == "NULL" ? nil : element)
                }
                switch rest.popFirst() {
                case ",": continue
                case "}": return rest.isEmpty ? elements : nil
                default: return nil
                }
            }
        }

        private mutating func quoted() -> String? {
            rest.removeFirst()
            var element = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                switch scalar {
                case "\"": return String(element)
                case "\\":
                    guard let escaped = rest.popFirst() else { return nil }
                    element.append(escaped)
                default: element.append(scalar)
                }
            }
            return nil
        }

        private mutating func bare() -> String? {
            let element = rest.prefix { $0 != "," && $0 != "}" && $0 != "{" && $0 != "\"" }
            rest.removeFirst(element.count)
            return element.isEmpty ? nil : String(Substring(element))
        }
    }
}
