import Testing

@testable import Reconciliation

/// Plays the shell around one case: asks what it wants, answers from the scenario, and owns the time.
struct CaseDriver {
    /// Far beyond what any case may take: a scenario that needs more never ends.
    private static let turnLimit = 5_000
    /// A trigger leaves within this of its intent's commit or not at all.
    private static let triggerDeadline = Duration.seconds(10)

    private let scenario: Scenario
    var subject: Case
    private(set) var now = storyStart
    private(set) var row: AccountState?
    private var pending: [Happening]
    private var heard: [EventNote]
    private var flight: Flight?
    private var counts = (inspection: 0, details: 0, job: 0, trigger: 0)
    private var calls: [ScenarioEnd.MadeCall] = []
    private var intents: [Duration] = []
    private var withdrawals: [Duration] = []
    private var facts: [ScenarioEnd.Fact] = []
    private var rowAtIntent: AccountState?
    /// The steps from phase to phase that the case has made.
    private(set) var steps: Set<PhaseStep> = []

    struct PhaseStep: Hashable {
        var from: CasePhase
        var to: CasePhase
    }

    /// A call under way.
    private struct Flight {
        var call: Call
        var endsAt: Timestamp
        var isInspection: Bool
        var startedAt: Duration
    }

    init(_ scenario: Scenario) {
        self.scenario = scenario
        row = scenario.row
        heard = scenario.claimEvents
        pending = scenario.happenings.sorted { $0.at < $1.at }
        guard let id = AccountID("account-1") else { preconditionFailure("the scenario's account id is ill-formed") }
        var claim = Claim(
            accountID: id, reason: scenario.reason, stuckSince: scenario.stuckSince,
            news: News(account: scenario.row, events: scenario.claimEvents), intent: scenario.intent)
        claim.apiCalls = scenario.earlierCalls
        claim.polls = scenario.earlierPolls
        subject = Case(claim, rules: scenario.rules, now: now)
    }

    /// Plays until the case asks to be settled.
    mutating func run() -> ScenarioEnd {
        for _ in 0..<Self.turnLimit {
            if case .settlement(let settlement) = subject.want { return ending(settlement) }
            turn()
        }
        Issue.record("the scenario did not end; the case wants \(subject.want)")
        return ending(nil)
    }

    private func ending(_ settlement: Settlement?) -> ScenarioEnd {
        ScenarioEnd(
            settlement: settlement, at: now.since(storyStart), calls: calls, intents: intents,
            withdrawals: withdrawals, facts: facts, rowAtIntent: rowAtIntent, subject: subject)
    }

    /// Plays one turn.
    mutating func step() { turn() }

    /// Delivers what happens first, or does what the case wants.
    private mutating func turn() {
        let from = subject.phase.name
        defer { if subject.phase.name != from { steps.insert(PhaseStep(from: from, to: subject.phase.name)) } }
        let want = subject.want
        let due = max(now, time(of: want))
        if let next = pending.first, moment(next.at) <= due {
            pending.removeFirst()
            now = max(now, moment(next.at))
            deliver(next.what)
        } else {
            now = due
            perform(want)
        }
    }

    private func time(of want: Want) -> Timestamp {
        switch want {
        case .call(_, let notBefore): notBefore
        case .intent(let notBefore): notBefore.advanced(by: scenario.intentDelay)
        case .trigger: moment((intents.last ?? .zero) + min(slotDelay, Self.triggerDeadline))
        case .event(let until): until
        case .answer: flight?.endsAt ?? now
        case .withdrawal, .settlement: now
        }
    }

    private var slotDelay: Duration {
        let number = min(max(intents.count - 1, 0), scenario.slotDelays.count - 1)
        return scenario.slotDelays[number]
    }

    private mutating func deliver(_ what: Happening.What) {
        switch what {
        case .event(let kind): hear(kind, received: now)
        case .overdue(let kind, let received): hear(kind, received: moment(received))
        case .row(let change):
            change(&row)
            subject.heard(News(account: row, events: heard), at: now)
        case .starve: subject.starve(cause: .budget, "the budget of API calls was used up", at: now)
        case .abandon: subject.abandon(cause: .interrupted, "the run was interrupted", at: now)
        case .hold(let duration): subject.held(for: duration)
        }
    }

    /// A webhook reaches the row and, with it, the case.
    mutating func hear(_ kind: EventNote.Kind, received: Timestamp) {
        row?.apply(kind, at: received)
        facts.append(.event(kind, received: received.since(storyStart)))
        heard.append(EventNote(key: "event-\(heard.count)", kind: kind, receivedAt: received))
        subject.heard(News(account: row, events: heard), at: now)
    }

    private mutating func perform(_ want: Want) {
        switch want {
        case .call(let call, _): start(call)
        case .trigger where slotDelay > Self.triggerDeadline: subject.expire(at: now)
        case .trigger: start(.trigger)
        case .intent: commitIntent()
        case .withdrawal: commitWithdrawal()
        case .event: subject.elapsed(at: now)
        case .answer: answer()
        case .settlement: break
        }
    }

    private mutating func start(_ call: Call) {
        let offset = now.since(storyStart)
        calls.append(ScenarioEnd.MadeCall(call: call, at: offset))
        subject.started(call, at: now)
        let latency = call == .trigger ? scenario.triggerLatency : scenario.readLatency
        let isInspection = intents.isEmpty && scenario.intent == nil
        flight = Flight(call: call, endsAt: now.advanced(by: latency), isInspection: isInspection, startedAt: offset)
    }

    private mutating func answer() {
        guard let ended = flight else {
            Issue.record("the case waits for an answer although no call is under way")
            return subject.abandon(cause: .interrupted, "lost", at: now)
        }
        flight = nil
        switch ended.call {
        case .details: answerDetails(ended)
        case .job(let job):
            let reply = scripted(scenario.job(counts.job, at: ended.startedAt))
            counts.job += 1
            facts.append(.job(job, reply, at: ended.startedAt))
            subject.answered(job: reply, chance: scenario.chance, at: now)
        case .trigger:
            let reply = scenario.trigger(counts.trigger, at: ended.startedAt)
            counts.trigger += 1
            if reply == nil { Issue.record("a trigger left that the scenario does not foresee") }
            facts.append(.trigger(reply ?? .timedOut, at: ended.startedAt))
            subject.answered(trigger: reply ?? .timedOut, at: now)
        case .reauthLink:
            facts.append(.link(scenario.link))
            subject.answered(link: scenario.link, at: now)
        }
    }

    private mutating func answerDetails(_ ended: Flight) {
        let reply: Result<Details, ReadFailure>
        if ended.isInspection {
            reply = scripted(scenario.inspection(counts.inspection, at: ended.startedAt))
            counts.inspection += 1
        } else {
            reply = scripted(scenario.details(counts.details, at: ended.startedAt))
            counts.details += 1
        }
        facts.append(.details(reply, at: ended.startedAt, isInspection: ended.isInspection))
        subject.answered(details: reply, chance: scenario.chance, at: now)
    }

    private func scripted<Value>(_ reply: Result<Value, ReadFailure>?) -> Result<Value, ReadFailure> {
        if let reply { return reply }
        Issue.record("a read left that the scenario does not foresee")
        return .failure(.rejected(status: 400))
    }

    private mutating func commitIntent() {
        var account = row ?? AccountState()
        rowAtIntent = account
        account.lastSyncRequestedAt = now
        account.awaitingSince = account.awaitingSince ?? now
        row = account
        intents.append(now.since(storyStart))
        subject.intended(at: now, account: account, now: now)
    }

    private mutating func commitWithdrawal() {
        row?.lastSyncRequestedAt = subject.snapshot.requestedBeforeIntent
        withdrawals.append(now.since(storyStart))
        subject.withdrawn(account: row, at: now)
    }
}

extension Case {
    /// The inspection's call and its answer, both at the claim.
    mutating func answerInspection(_ status: DataStatus) {
        started(.details, at: storyStart)
        answered(details: .says(status), chance: 0, at: storyStart)
    }
}
