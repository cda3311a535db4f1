/// On which nights an account is tried that is known to need somebody: counted from the standing's first night.
///
/// Most of them do not mend by themselves, a try costs money and may send a customer an OTP. What comes from Mono in
/// between ends the cool-down.
package struct CoolDown: Equatable, Sendable {
    /// The nights of the first tries, in order.
    package let nights: [Int]
    /// After the last of them, one try in so many nights.
    package let period: Int

    /// The rule for what stands; nil: it is tried every night.
    package init?(of outcome: Outcome) {
        switch outcome {
        case .reauthorisationRequired, .partial, .accountNotFound: (nights, period) = ([1, 4, 11, 25, 53], 28)
        // Mono's failures mend without anybody's help.
        case .providerFailed: (nights, period) = ([1, 2, 4, 8, 15], 7)
        case .alreadyAvailable, .recovered, .bankUnavailable, .incompleteStatement, .stillProcessing, .deferred,
            .errored:
            return nil
        }
    }

    /// How long before the next try's hour the cool-down ends: runs do not begin at the same minute every night.
    package static let lead = Duration.seconds(6 * 3_600)

    /// The night of the next try after one in this night.
    package func next(after night: Int) -> Int {
        let last = nights.last ?? 1
        return nights.first { $0 > night } ?? last + period * ((night - last) / period + 1)
    }

    /// Until when nightly runs leave an account alone that a run found so; nil: the next one tries it.
    package static func end(of standing: Standing, foundBy start: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        guard let rule = Self(of: standing.outcome) else { return nil }
        let night = zone.nights(from: standing.since, to: start)
        return start.advanced(by: .seconds((rule.next(after: night) - night) * 86_400) - lead)
    }
}
