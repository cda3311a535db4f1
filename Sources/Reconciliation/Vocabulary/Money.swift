import Text

/// An amount of money in hundredths of its currency's unit: sums of calls stay exact.
package struct Money: Equatable, Sendable, CustomStringConvertible {
    package var hundredths: Int

    package init(hundredths: Int) { self.hundredths = hundredths }

    /// Reads `100`, `12.5` or `12.50`; nil for a sign, a third decimal place, or more than 16 digits before the point.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isDecimal = parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) } }
        guard isDecimal, let first = parts.first, first.count <= 16, let units = Int(Substring(first)) else {
            return nil
        }
        hundredths = units * 100
        guard parts.count > 1 else { return }
        guard parts.count == 2, parts[1].count <= 2, let rest = Int(Substring(parts[1])) else { return nil }
        hundredths += parts[1].count == 1 ? rest * 10 : rest
    }

    /// As it is read, and as JSON has it: `100`, `12.50`.
    package var description: String { hundredthsText(Int64(hundredths)) }
}

/// A currency by its code of three capital letters: `NGN`.
package struct Currency: Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package static let naira = Self(valid: "NGN")

    private init(valid code: String) { description = code }

    /// Nil for what is no such code.
    package init?(_ code: String) {
        guard code.utf8.count == 3, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        description = code
    }
}
