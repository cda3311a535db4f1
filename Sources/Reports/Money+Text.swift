package import Reconciliation
package import Text

extension Money {
    /// For people, with its thousands apart: `113,800 NGN`, `12.50 NGN`.
    package func text(in currency: Currency) -> String {
        "\(grouped(hundredths / 100))\(description.drop { $0 != "." }) \(currency)"
    }

    /// A number without rounding.
    package var json: JSONText { .hundredths(Int64(hundredths)) }
}

extension Cost {
    /// All calls together: `113,800 NGN`.
    package var text: String { total.text(in: currency) }

    /// By kind, and all of them.
    package var json: JSONText {
        .object(
            CallKind.allCases.map { ($0.rawValue, self[$0].json) }
                + [("total", total.json), ("currency", .string("\(currency)"))])
    }
}

extension RunRecord {
    /// Calls that the plain schedule would have made beyond those that were made; nil where it would have made none,
    /// and where that is not known.
    var callsSpared: Int? { closing?.callsSaved.flatMap { $0 > 0 ? $0 : nil } }

    /// What these calls would have cost: all of them are looks for results.
    var costSpared: String? {
        guard let callsSpared, let prices, let api else { return nil }
        return Money(hundredths: callsSpared * prices[api.look].hundredths).text(in: prices.currency)
    }
}
