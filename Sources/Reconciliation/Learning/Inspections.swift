/// How often an inspection found the data there, on an account's first night and on later ones.
package struct InspectionTally: Equatable, Sendable {
    /// Accounts in their first night whose data was there.
    package var firstHits = 0.0
    /// Accounts in their first night whose data was not there.
    package var firstMisses = 0.0
    /// Accounts in a later night whose data was there.
    package var laterHits = 0.0
    /// Accounts in a later night whose data was not there.
    package var laterMisses = 0.0

    /// An empty tally.
    package init() {}

    /// Counts one inspection.
    package mutating func add(isHit: Bool, isFirstNight: Bool) {
        switch (isFirstNight, isHit) {
        case (true, true): firstHits += 1
        case (true, false): firstMisses += 1
        case (false, true): laterHits += 1
        case (false, false): laterMisses += 1
        }
    }

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.firstHits += right.firstHits
        sum.firstMisses += right.firstMisses
        sum.laterHits += right.laterHits
        sum.laterMisses += right.laterMisses
        return sum
    }

    mutating func scale(by factor: Double) {
        firstHits *= factor
        firstMisses *= factor
        laterHits *= factor
        laterMisses *= factor
    }

    /// Lets neither kind of night count for more inspections than `most`.
    mutating func shorten(to most: Double) {
        let first = most / max(most, firstHits + firstMisses)
        let later = most / max(most, laterHits + laterMisses)
        firstHits *= first
        firstMisses *= first
        laterHits *= later
        laterMisses *= later
    }
}

/// Whether to ask for an account's details before its sync.
package enum InspectionRule {
    /// The chance that an inspection finds the data there: one half where nothing is known.
    package static func chance(_ tally: InspectionTally, isFirstNight: Bool) -> Double {
        let hits = isFirstNight ? tally.firstHits : tally.laterHits
        let misses = isFirstNight ? tally.firstMisses : tally.laterMisses
        return (hits + 1) / (hits + misses + 2)
    }

    /// Whether that chance is worth the call.
    ///
    /// `threshold` is the price of the inspection divided by that of all that a hit saves: the sync, its looks and the
    /// customer's OTP.
    package static func pays(_ tally: InspectionTally, isFirstNight: Bool, threshold: Double) -> Bool {
        chance(tally, isFirstNight: isFirstNight) > threshold
    }
}
