/// An open run, as whoever opened or joined it learns it.
package struct OpenRun: Equatable, Sendable {
    package var runID: Int64
    package var kind: RunKind
    package var startedAt: Timestamp
    package var options: RunOptions
    /// How long ago it began.
    package var age: Duration
    /// Whether this process opened it.
    package var isNew: Bool
    /// Calls that `--max-calls` still allows; nil without it.
    package var budgetLeft: Int?

    package init(
        runID: Int64, kind: RunKind, startedAt: Timestamp, options: RunOptions, age: Duration, isNew: Bool,
        budgetLeft: Int? = nil
    ) {
        self.runID = runID
        self.kind = kind
        self.startedAt = startedAt
        self.options = options
        self.age = age
        self.isNew = isNew
        self.budgetLeft = budgetLeft
    }
}

/// What every worker of a run goes by; kept in the run's row.
package struct RunOptions: Equatable, Sendable {
    package var rules: Rules
    package var baseURL: String
    /// The most accounts that the run selects; nil: all that are due.
    package var limit: Int?
    /// The most API calls of all workers together; nil: no bound.
    package var maxCalls: Int?
    /// Whether any unresolved case makes the exit code 1.
    package var strict: Bool
    /// Whether accounts in their cool-down are tried as well.
    package var force: Bool
    /// The time zone by whose noons nights are counted, as the time zone database names it.
    package var timeZone: String
    /// What a call of each kind costs; nil: nobody said.
    package var prices: Prices?

    /// The most accounts that a nightly run selects at a time: further ones follow as these are worked on.
    package static let slice = 10_000

    /// The most accounts that a run may select: more than it has calls would only be put off; nil: all that are due.
    package var mostAccounts: Int? { [limit, maxCalls].compactMap { $0 }.min() }

    package init(
        rules: Rules, baseURL: String, limit: Int? = nil, maxCalls: Int? = nil, strict: Bool = false,
        force: Bool = false, timeZone: String = TimeZoneRules.lagos.name, prices: Prices? = nil
    ) {
        self.rules = rules
        self.baseURL = baseURL
        self.limit = limit
        self.maxCalls = maxCalls
        self.strict = strict
        self.force = force
        self.timeZone = timeZone
        self.prices = prices
    }
}
