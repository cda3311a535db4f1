/// A number that is expected, and what it stays within in nine nights of ten.
package struct Estimate: Equatable, Sendable {
    package var expected: Int
    package var low: Int
    package var high: Int

    package init(expected: Int, low: Int, high: Int) {
        self.expected = expected
        self.low = low
        self.high = high
    }
}

/// What a night is expected to take: calls by kind and seconds, from what is known of the banks.
///
/// The looks are those that the night itself would plan. They come late where the starts of all accounts keep them
/// waiting, and late looks are fewer.
package struct NightForecast: Equatable, Sendable {
    /// Accounts that are alike as far as calls go.
    package struct Group: Hashable, Comparable, Sendable {
        /// The first call for an account.
        package enum Start: Int, Sendable {
            /// Its details are asked for, and a sync only if no data is there.
            case inspection
            /// A sync is asked for at once.
            case sync
            /// A sync was asked for already.
            case result
            /// Its details are asked for, and nothing else.
            case look
        }

        /// The bank's name; empty if it is not known.
        package var bank: String
        package var start: Start
        /// Whether data was there before: then no look at the data follows the job.
        package var hadData: Bool
        package var isFlagged: Bool
        /// Whether no earlier run made a call for it.
        package var isFirstNight: Bool

        package init(bank: String, start: Start, hadData: Bool, isFlagged: Bool, isFirstNight: Bool) {
            self.bank = bank
            self.start = start
            self.hadData = hadData
            self.isFlagged = isFlagged
            self.isFirstNight = isFirstNight
        }

        package static func < (left: Self, right: Self) -> Bool { left.rank.lexicographicallyPrecedes(right.rank) }

        private var rank: [UInt8] {
            Array(bank.utf8) + [0, UInt8(start.rawValue), hadData ? 1 : 0, isFlagged ? 1 : 0, isFirstNight ? 1 : 0]
        }
    }

    /// All calls.
    package let calls: Estimate
    /// Those expected, by kind.
    package let kinds: CallCounts
    /// From the first call to the last result.
    package let seconds: Estimate

    /// Foretells the calls for these accounts.
    ///
    /// - Parameters:
    ///   - groups: How many accounts there are of each group.
    ///   - options: The run's.
    ///   - budget: Calls that may be made; nil: any number.
    ///   - memory: What is known of the banks.
    ///   - rate: API calls a second.
    package init(_ groups: [Group: Int], options: RunOptions, budget: Int?, memory: LookMemory, rate: Double) {
        var sum = ForecastSum(options, memory, rate: rate)
        // In their order: a sum of fractions depends on it.
        for (group, count) in groups.sorted(by: { $0.key < $1.key }) where count > 0 { sum.add(group, Double(count)) }
        sum.addLooks()
        let all = sum.calls
        let width = Self.width * sum.variance.squareRoot()
        // Every account needs one call at least, if its bank is not down.
        let bounds = (low: max(all - width, min(all, sum.leastCalls)), high: all + width)
        let most = budget.map { Double($0) } ?? .infinity
        func whole(_ calls: Double) -> Int { Int(min(calls, most).rounded()) }
        kinds = sum.counts(all > most ? most / all : 1)
        calls = Estimate(
            expected: kinds.total, low: min(whole(bounds.low), kinds.total), high: max(whole(bounds.high), kinds.total))
        func seconds(_ calls: Double, unknownEnds: Double) -> Int {
            guard all > 0 else { return 0 }
            return Int(max(min(calls, most) / rate, sum.end(leaving: unknownEnds)).rounded(.up))
        }
        // The last of many results is later than a time with the chance 1 - e^-n, if n are expected after it.
        self.seconds = Estimate(
            expected: seconds(all, unknownEnds: 0.69), low: seconds(bounds.low, unknownEnds: 3),
            high: seconds(bounds.high, unknownEnds: 0.05))
    }

    /// Nine of ten nights lie within so many standard deviations.
    private static let width = 1.645
}
