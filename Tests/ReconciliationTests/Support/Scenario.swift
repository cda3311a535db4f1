import Reconciliation

/// The moment at which every scenario's claim is made.
let storyStart = Timestamp(microseconds: 1_790_000_000_000_000)

/// A moment of a scenario, counted from its claim.
func moment(_ offset: Duration) -> Timestamp { storyStart.advanced(by: offset) }

/// What Mono, the database and the clock do around one case: the script that a ``CaseDriver`` plays.
struct Scenario {
    var rules: Rules
    var reason: Reason
    var stuckSince: Timestamp?
    /// The account's row at the claim.
    var row: AccountState?
    var claimEvents: [EventNote] = []
    /// What an earlier owner left.
    var intent: Claim.PastIntent?
    var earlierCalls = 0
    var earlierPolls = 0

    /// Answers to details before any intent.
    var inspection: Replies<Result<Details, ReadFailure>> = [.says(.processing)]
    var trigger: Replies<SyncAnswer> = []
    /// Answers to details after an intent.
    var details: Replies<Result<Details, ReadFailure>> = []
    var job: Replies<Result<JobStatus, ReadFailure>> = []
    var link: Result<ReauthLink, ReauthFailure> = .success(.test)
    var happenings: [Happening] = []

    var readLatency = Duration.zero
    var triggerLatency = Duration.zero
    /// From the wish for an intent to its commit.
    var intentDelay = Duration.zero
    /// From the intent's commit to the trigger's call slot, in turn; the last one is repeated.
    var slotDelays = [Duration.zero]
    /// Places the repeats of reads.
    var chance = 0.5

    init(_ situation: Situation, _ api: APIGeneration = .realtime, window: Duration = .seconds(300)) {
        rules = Rules(api: api, window: window)
        reason = situation.reason
        row = situation.row
        stuckSince = situation.row.flaggedSince ?? situation.row.awaitingSince
    }

    /// Adds something that happens at a time counted from the claim.
    mutating func happens(_ what: Happening.What, at offset: Duration) {
        happenings.append(Happening(at: offset, what: what))
    }

    /// Plays it to its end.
    func play() -> ScenarioEnd {
        var driver = CaseDriver(self)
        return driver.run()
    }
}

/// Something that reaches a case from outside.
struct Happening {
    enum What {
        /// A webhook, applied to the account's row as well.
        case event(EventNote.Kind)
        /// A webhook that had been received at a time counted from the claim, and is heard only now.
        case overdue(EventNote.Kind, received: Duration)
        /// The row changed without an event that the case could read.
        case row((inout AccountState?) -> Void)
        case starve
        case abandon
        /// `Retry-After` holds all calls.
        case hold(Duration)
    }

    var at: Duration
    var what: What
}

/// Answers in turn, the last one repeated, or as a function of the number of the call and its time.
struct Replies<Value>: ExpressibleByArrayLiteral {
    private let answer: (Int, Duration) -> Value?

    init(arrayLiteral elements: Value...) {
        self.init(elements)
    }

    init(_ elements: [Value]) {
        answer = { number, _ in elements.isEmpty ? nil : elements[min(number, elements.count - 1)] }
    }

    init(_ answer: @escaping (_ number: Int, _ offset: Duration) -> Value) {
        self.answer = answer
    }

    /// The answer to call number `number`, from 0, made `offset` after the claim.
    func callAsFunction(_ number: Int, at offset: Duration) -> Value? { answer(number, offset) }
}

/// How a scenario ended.
struct ScenarioEnd {
    struct MadeCall: Equatable {
        var call: Call
        var at: Duration
    }

    /// Something that became known, whoever said it.
    enum Fact: Equatable {
        case trigger(SyncAnswer, at: Duration)
        case details(Result<Details, ReadFailure>, at: Duration, isInspection: Bool)
        case job(String, Result<JobStatus, ReadFailure>, at: Duration)
        case link(Result<ReauthLink, ReauthFailure>)
        case event(EventNote.Kind, received: Duration)
    }

    var settlement: Settlement?
    /// When the case asked to be settled.
    var at: Duration
    var calls: [MadeCall]
    var intents: [Duration]
    var withdrawals: [Duration]
    /// In the order in which they became known; calls bear the time at which they left.
    var facts: [Fact]
    /// The row just before the newest intent.
    var rowAtIntent: AccountState?
    var subject: Case

    var outcome: Outcome? { settlement?.outcome }

    /// The times of the calls that `isWanted` picks.
    func times(_ isWanted: (Call) -> Bool) -> [Duration] {
        calls.filter { isWanted($0.call) }.map(\.at)
    }

    var detailsTimes: [Duration] { times { $0 == .details } }
    var linkTimes: [Duration] { times { $0 == .reauthLink } }
    var triggerTimes: [Duration] { times { $0 == .trigger } }
    var jobTimes: [Duration] {
        times { call in
            if case .job = call { true } else { false }
        }
    }
}

extension Result where Success == Details, Failure == ReadFailure {
    /// An answer with no more than a status.
    static func says(_ status: DataStatus) -> Self { .success(Details(status: status)) }
}

extension Result where Success == JobStatus, Failure == ReadFailure {
    /// A job's own word.
    static func says(_ status: JobStatus) -> Self { .success(status) }
}

extension ReauthLink {
    /// A customer's link.
    static let test = ReauthLink("https://link.mono.co/ALTEST")
}

extension SyncAnswer {
    /// Nothing came back.
    static let timedOut = SyncAnswer.inDoubt(Doubt("time-out", isAnswer: false))
}

/// A settlement without its wording, to compare with a table.
struct Verdict: Equatable {
    var outcome: Outcome
    var clearsFlag = false
    var withdrawsIntent = false

    init(_ outcome: Outcome, clearsFlag: Bool = false, withdrawsIntent: Bool = false) {
        self.outcome = outcome
        self.clearsFlag = clearsFlag
        self.withdrawsIntent = withdrawsIntent
    }
}

extension ScenarioEnd {
    var verdict: Verdict? {
        settlement.map {
            Verdict($0.outcome, clearsFlag: $0.clearsFlag, withdrawsIntent: $0.withdrawsIntent)
        }
    }
}
