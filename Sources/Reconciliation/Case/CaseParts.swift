/// A case's intent, and what is known of the sync that follows it.
struct CaseIntent: Equatable, Sendable {
    /// The commit time, if an intent stands.
    var committedAt: Timestamp?
    /// The latest instant at which the trigger may have left; Mono's limit counts from this instant.
    var sentAt: Timestamp?
    /// The end of the window, moved by the time in which `Retry-After` held all calls.
    var windowEnd: Timestamp?
    /// The account's state just before the intent.
    var accountBefore: AccountState?
    /// The newest job known when the intent was made: that job is not ours.
    var jobBefore: String?
    /// `data_available` at the intent.
    var hadData: Bool?
    /// Whether the account was flagged when the intent was made.
    var wasFlagged = false
    /// The job of our sync, as far as known.
    var job: String?
    /// What is durable, or is to be made so, of the trigger's answer.
    var progress: SyncProgress?
    /// New intents that may still follow a trigger that was not taken.
    var remaining = 2

    /// Whether the account's status can prove a sync whose fate is unknown: Mono's status is cumulative, so
    /// where data was there before, `AVAILABLE` proves nothing.
    var canProveByDetails: Bool { hadData == false && !wasFlagged }

    /// Forgets an intent that was taken back, and keeps what the account was like.
    mutating func takeBack() {
        committedAt = nil
        hadData = nil
        sentAt = nil
        job = nil
        windowEnd = nil
    }
}

/// A case's calls: the one under way, the next one, and the counts of those made.
struct CaseCalls: Equatable, Sendable {
    /// The call that waits for its answer.
    var underWay: Call?
    /// The earliest time of the next call.
    var notBefore: Timestamp
    /// The tries of the read that is being repeated.
    var read = ReadAttempts()
    /// Looks that the schedule has counted.
    var looksOnSchedule = 0
    /// Looks made after the trigger.
    var looks: Int
    /// Calls made.
    var made: Int

    /// The tries of one read.
    struct ReadAttempts: Equatable, Sendable {
        var call: Call?
        var firstAt: Timestamp?
        var lastAt: Timestamp?
        var failures = 0
        var wereAllTooMany = true
    }
}

/// How a case looks at its sync, and what its looks show of the bank.
struct CaseLooks: Equatable, Sendable {
    /// What the scheduler advised last.
    var advice = LookAdvice()
    /// When the trigger left; nil where an earlier worker sent it, or it is not known whether it reached Mono.
    var triggeredAt: Timestamp?
    /// When a look last found the sync at work.
    var seenWorkingAt: Timestamp?
    /// Whether the details showed before the trigger that Mono had not fetched the data yet.
    var foundProcessing = false
    /// Whether the looks are at the details instead of the job.
    var areAtDetails = false
    /// What the details showed that was neither the data nor work in progress, before the job was asked.
    var statusBeforeJob: DataStatus?
    /// What was learned and not taken yet.
    var sample: LookSample?

    /// Forgets a sync that was taken back.
    mutating func takeBack() {
        triggeredAt = nil
        seenWorkingAt = nil
        areAtDetails = false
        statusBeforeJob = nil
    }
}

/// What a case tells of itself afterwards.
struct CaseHistory: Equatable, Sendable {
    /// Zero of the steps' seconds: the time of the claim.
    var startedAt: Timestamp
    /// At most ``Case/stepLimit`` entries.
    var steps: [Step]
    /// The data status that Mono named first in this run.
    var statusBefore: String?
    /// The data status that Mono named last in this run.
    var statusAfter: String?
    /// What details answers taught.
    var learned: Details?

    mutating func note(_ name: StepName, _ said: StepSaying, at now: Timestamp) {
        let (seconds, attoseconds) = now.since(startedAt).components
        let elapsed = Double(seconds) + (Double(attoseconds) / 1e16).rounded() / 100
        // The last entry makes way: the beginning and the end tell the most.
        if steps.count >= Case.stepLimit { steps.removeLast() }
        steps.append(Step(seconds: elapsed, name: name, said: said))
    }
}

/// The events that reached a case.
struct CaseEvents: Equatable, Sendable {
    /// The keys of the events that were weighed.
    private var keys: Set<String> = []
    /// Events that cannot be judged before the trigger's answer is known.
    private(set) var held: [EventNote] = []

    /// The events that are new; each one is new once.
    mutating func unheard(of events: [EventNote]) -> [EventNote] {
        events.filter { keys.insert($0.key).inserted }
    }

    /// Marks events as heard that need no weighing.
    mutating func skip(_ events: [EventNote]) { keys.formUnion(events.map(\.key)) }

    /// Keeps an event until the trigger's answer is known.
    mutating func hold(_ event: EventNote) { held.append(event) }

    /// The events that were held, which are held no more.
    mutating func release() -> [EventNote] {
        defer { held = [] }
        return held
    }
}
