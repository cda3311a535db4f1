/// The kinds of API calls; each has its price.
package enum CallKind: String, CaseIterable, Sendable {
    case details, trigger, job, reauth
}

extension APIGeneration {
    /// The call by which one looks for a sync's result.
    package var look: CallKind {
        switch self {
        case .realtime: .job
        case .dataSync: .details
        }
    }
}

/// What Mono bills for a call of each kind.
package struct Prices: Equatable, Sendable, CustomStringConvertible {
    /// A text that is no list of prices, and why.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let currency: Currency
    private var byKind: [CallKind: Money] = [:]

    /// A list that ``init(_:currency:)`` reads.
    package static let example = "details=100,trigger=10,job=0,reauth=5"
    /// The highest price of a call: no sum of them overflows.
    package static let highest = Money(hundredths: 99_999_999)

    /// Reads a price for each kind, in any order.
    ///
    /// A kind that is left out is an error and not free of charge: every cost would be too low without anybody noticing.
    package init(_ text: String, currency: Currency = .naira) throws(Malformed) {
        self.currency = currency
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let kind = CallKind(rawValue: parts[0]) else {
                throw Malformed(description: "there is no kind of call \"\(parts[0])\"")
            }
            guard byKind[kind] == nil else { throw Malformed(description: "\(kind.rawValue) is there twice") }
            guard parts.count == 2, let price = Money(parts[1]), price.hundredths <= Self.highest.hundredths else {
                throw Malformed(
                    description:
                        "\(kind.rawValue) wants a number from 0 to \(Self.highest) with two decimal places at most")
            }
            byKind[kind] = price
        }
        let missing = CallKind.allCases.filter { byKind[$0] == nil }.map(\.rawValue)
        guard missing.isEmpty else {
            throw Malformed(
                description: "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing")
        }
    }

    /// The price of one call.
    package subscript(kind: CallKind) -> Money { byKind[kind, default: Money(hundredths: 0)] }

    /// The list in one spelling for each value, as it is read.
    package var description: String {
        CallKind.allCases.map { "\($0.rawValue)=\(self[$0])" }.joined(separator: ",")
    }
}

/// What calls cost.
package struct Cost: Equatable, Sendable {
    package let calls: CallCounts
    package let prices: Prices

    package init(of calls: CallCounts, at prices: Prices) {
        self.calls = calls
        self.prices = prices
    }

    package var currency: Currency { prices.currency }

    /// All calls of one kind.
    package subscript(kind: CallKind) -> Money {
        Money(hundredths: calls[kind] * prices[kind].hundredths)
    }

    package var total: Money { Money(hundredths: CallKind.allCases.reduce(0) { $0 + self[$1].hundredths }) }
}
