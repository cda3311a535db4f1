/// A realtime job.
struct Job: Equatable, Sendable {
    var id: String
    var start: Double
    /// Nil when it never ends.
    var end: Double?
    var succeeds: Bool
    var bringsNewData: Bool
    /// The bank was down when it began.
    var meetsOutage = false

    /// `processing`, `finished` or `failed`, as of now.
    func status(at now: Double) -> String {
        guard let end, end <= now else { return "processing" }
        return succeeds ? "finished" : "failed"
    }

    /// Whether `x-has-new-data: true` is said of it now.
    func hasNewData(at now: Double) -> Bool { bringsNewData && status(at: now) == "finished" }
}

/// An account and everything that has happened to it since the sandbox started.
struct SimulatedAccount: Sendable {
    /// Older jobs are forgotten, as Mono may.
    static let jobLimit = 16

    var account: Account
    /// Oldest first.
    var jobs: [Job] = []
    /// When the latest sync that Mono took began, by generation.
    var lastSync: [Generation: Double] = [:]
    /// When the latest trigger outside the limit was sent that may have been taken, by generation.
    var lastReached: [Generation: Double] = [:]
    /// Syncs so far.
    var attempts = 0
    /// Syncs before the behaviour was last changed.
    var attemptsBefore = 0
    /// Events so far, besides those of syncs.
    var events = 0
    /// Calls so far, by fault rule.
    var faultCalls: [Int: Int] = [:]
    /// The details say `PROCESSING` until then: the account was linked or re-authorised a moment ago.
    var fetchedAt: Double?
    /// When the first sync ended, and in which generation.
    var concluded: (time: Double, generation: Generation)?
    /// When the first sync ended that the bank refused because it was down.
    var refusedAt: Double?
    /// 404 from now on.
    var isUnlinked = false

    init(_ account: Account) { self.account = account }

    /// Whether Mono knows the account.
    var exists: Bool { account.behaviour != .gone && !isUnlinked }

    /// What Mono says of the account's data now.
    ///
    /// Cumulative: data that was there once keeps it `AVAILABLE`, even when every later sync fails.
    func status(at now: Double) -> DataStatus {
        if account.hadData { return .available }
        if let fetchedAt, now < fetchedAt { return .processing }
        if let concluded, concluded.time <= now { return account.behaviour.statusAfter(concluded.generation) }
        let before = account.behaviour.statusBefore
        guard let refusedAt, refusedAt <= now, before != .available else { return before }
        return .unavailable
    }

    /// Notes that a sync will have been refused by a bank that is down; the earliest counts.
    mutating func refuse(at time: Double) { refusedAt = min(time, refusedAt ?? time) }

    /// Notes that a sync will have ended at a time; the earliest counts.
    mutating func conclude(at time: Double, _ generation: Generation) {
        guard let concluded, concluded.time <= time else {
            concluded = (time, generation)
            return
        }
    }
}
