import FoundationEssentials

/// The variables of this process, as whoever wrote them meant them.
///
/// Files of settings leave a byte order mark or `export` before a name, and a carriage return, a blank or quotes around a
/// value. None of these is ever part of one of our settings, so they are taken away from names and values of ours.
enum Environment {
    /// This process's.
    static var current: [String: String] { meant(ProcessInfo.processInfo.environment) }

    /// The same variables; a name that was written as it should be wins over one that was not.
    static func meant(_ variables: [String: String]) -> [String: String] {
        var meant = variables
        for (written, value) in variables {
            let name = trimmed(written.replacing(/^\W*export\s+/, with: ""))
            guard name == "DATABASE_URL" || name.hasPrefix("MONO_") else { continue }
            if name == written || variables[name] == nil { meant[name] = self.value(value) }
        }
        return meant
    }

    /// A value without what files leave around it; one pair of quotes around the whole is dropped.
    static func value(_ text: String) -> String {
        let value = trimmed(text)
        guard value.count >= 2, let quote = value.first, "\"'".contains(quote), value.last == quote else {
            return value
        }
        return String(value.dropFirst().dropLast())
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "\u{FEFF}" || scalar == "\u{200B}"
    }

    /// What nobody sees of a text and is wrong with it, made visible; nil if there is nothing of the kind.
    static func invisible(in text: String) -> String? {
        if text.hasPrefix("MONO_") || text.hasPrefix("export ") { return "it has a name before the value" }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r": return "it has a carriage return (\\r) in its midst"
            case "\n": return "it has more than one line (\\n)"
            case "\t": return "it has a tab (\\t) in its midst"
            case " ": return "it has a blank in its midst"
            case "\0", "\u{FFFD}": return "it is no UTF-8 text: UTF-16, or a binary file?"
            case _ where isInvisible(scalar):
                return "it has an invisible U+\(hexadecimal(scalar)) in its midst"
            default: continue
            }
        }
        return nil
    }

    /// A text with what nobody sees written out.
    static func visible(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case " ": " "
            case "\r": "\\r"
            case "\n": "\\n"
            case "\t": "\\t"
            default: isInvisible(scalar) ? "\\u{\(hexadecimal(scalar))}" : String(scalar)
            }
        }.joined()
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        isBlank(scalar) || scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
