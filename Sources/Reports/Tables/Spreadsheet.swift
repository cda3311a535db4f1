/// What a spreadsheet does to a cell that was meant as text.
///
/// The rules lean to the safe side: a needless apostrophe costs a glance, a missed one an account id or worse.
/// They know English words for months and days; a spreadsheet set to another language may find more dates.
enum Spreadsheet {
    /// Whether a spreadsheet would run the text as a formula or turn it into a number, date, time, truth or error.
    static func misreads(_ text: String) -> Bool {
        let scalars = text.unicodeScalars.map(narrowed)
        return startsFormula(scalars) || isValue(scalars)
    }

    /// A leading `=`, `+`, `-` or `@`, also behind blanks and quotes; and any leading tab or line break.
    private static func startsFormula(_ scalars: [Unicode.Scalar]) -> Bool {
        guard let first = scalars.first else { return false }
        if ["\t", "\r", "\n"].contains(first) { return true }
        let start = scalars.first { scalar in
            let isQuote = ["\"", "'", "`", "‘", "’", "“", "”", "«", "»"].contains(scalar)
            return !isQuote && !isBlank(scalar)
        }
        return start.map { ["=", "+", "-", "@", "\u{2212}"].contains($0) } ?? false
    }

    /// Digits with nothing around them but what numbers, amounts, dates and times are made of; or a constant.
    private static func isValue(_ scalars: [Unicode.Scalar]) -> Bool {
        guard let tokens = tokens(scalars) else { return isConstant(scalars) }
        guard tokens.contains(.digits) else { return isConstant(scalars) }
        let hasMonth = tokens.contains { token in
            if case .word(let word) = token { names(word, oneOf: months) } else { false }
        }
        return tokens.indices.allSatisfy { index in
            guard case .word(let word) = tokens[index] else { return true }
            return isMeant(word, at: index, in: tokens) || hasMonth && names(word, oneOf: weekdays)
        }
    }

    private enum Token: Equatable {
        case digits, blank, mark
        /// In lower case.
        case word(String)
    }

    /// The text's pieces, nil once there is one that no number or date has.
    private static func tokens(_ scalars: [Unicode.Scalar]) -> [Token]? {
        var tokens: [Token] = []
        for scalar in scalars {
            if scalar.isASCII, scalar.properties.isAlphabetic {
                let letter = scalar.properties.lowercaseMapping
                if case .word(let word) = tokens.last {
                    guard word.utf8.count < longestWord else { return nil }
                    tokens[tokens.count - 1] = .word(word + letter)
                } else {
                    tokens.append(.word(letter))
                }
            } else {
                let isDigit = scalar.properties.numericType != nil
                guard isDigit || isBlank(scalar) || isPunctuation(scalar) else { return nil }
                let token: Token = isDigit ? .digits : isBlank(scalar) ? .blank : .mark
                if token == .mark || tokens.last != token { tokens.append(token) }
            }
        }
        return tokens
    }

    /// Whether a word may stand at its place: `1e5`, `MAR1`, `10 pm`, `NGN 5`, but not `E12` or `AM-7`.
    private static func isMeant(_ word: String, at index: Int, in tokens: [Token]) -> Bool {
        let before = index > 0 ? tokens[index - 1] : nil
        let after = index + 1 < tokens.count ? tokens[index + 1] : nil
        switch word {
        case "e":
            // Blanks may part an exponent: LibreOffice takes 16E, a no-break space and 0 for 16.
            let (left, right) = (tokens[..<index].last { $0 != .blank }, tokens[(index + 1)...].first { $0 != .blank })
            return (left == .digits || left == .mark) && (right == .digits || right == .mark)
        case "t": return before == .digits && after == .digits
        case "a", "p": return before == .blank && tokens[..<index].contains(.digits)
        case "z", "am", "pm", "utc", "gmt": return tokens[..<index].contains(.digits)
        case "ngn", "usd", "eur", "gbp": return true
        default: return names(word, oneOf: months)
        }
    }

    /// Whether the word is one of the names or its first three or more letters.
    private static func names(_ word: String, oneOf names: [String]) -> Bool {
        word.utf8.count >= 3 && names.contains { name in name.hasPrefix(word) }
    }

    private static let longestWord = 9

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    private static func isConstant(_ scalars: [Unicode.Scalar]) -> Bool {
        guard scalars.count <= 64 else { return false }
        let text = scalars.filter { !isBlank($0) }.map { String($0).uppercased() }.joined()
        return constants.contains(text)
    }

    private static let constants: Set<String> = [
        "TRUE", "FALSE", "#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!",
    ]

    /// Separators, brackets, signs and currencies; every dash, since spreadsheets take U+2212 for a minus.
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        if [".", ",", "/", ":", "(", ")", "+", "%", "'", "’"].contains(scalar) { return true }
        if scalar == "\u{2212}" { return true }
        switch scalar.properties.generalCategory {
        case .dashPunctuation, .currencySymbol: return true
        default: return false
        }
    }

    /// White space and what cannot be seen.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isWhitespace { return true }
        switch scalar.properties.generalCategory {
        case .control, .format: return true
        default: return false
        }
    }

    /// The ordinary form of a full-width or small-form character.
    private static func narrowed(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
        case 0xFE62: "+"
        case 0xFE63: "-"
        case 0xFE66: "="
        case 0xFE6B: "@"
        default: scalar
        }
    }
}
